"""Which configuration keys are secret: their values are for the station alone, and no record keeps them."""

from __future__ import annotations

from collections.abc import Mapping

# Whatever has one of these in its name is a secret, be it a configuration key or a field of a message.
SECRET_WORDS = ("credential", "passphrase", "passw", "psk", "pwd", "secret")
# Not every key and token: operators read and compare public keys, and settings about tokens.
_SECRET_KEYS = ("apikey", "authorizationkey", "privatekey")
MASK = "***"


def is_secret(key: str) -> bool:
    """Whether a configuration key's value must not be kept."""
    folded = key.lower()
    return any(word in folded for word in (*SECRET_WORDS, *_SECRET_KEYS))


def without_secrets(answer: Mapping[str, object]) -> Mapping[str, object]:
    """A station's answer as it may be kept: some tell passwords, and even their key, when asked for all."""
    told = answer.get("configurationKey")
    if isinstance(told, list):
        return {**answer, "configurationKey": [_masked(entry) for entry in told]}
    return answer if told is None else {**answer, "configurationKey": _masked(told)}


def _masked(entry: object) -> object:
    if not isinstance(entry, Mapping) or not is_secret(str(entry.get("key"))):
        return entry
    return {name: MASK if name == "value" else value for name, value in entry.items()}
