"""Which configuration keys are secret: their values are for the station alone, and no record keeps them."""

from __future__ import annotations

from collections.abc import Mapping

_SECRETS = (
    "apikey", "authorizationkey", "credential", "passphrase", "passw", "privatekey", "psk", "pwd", "secret",
)  # fmt: skip
MASK = "***"


def is_secret(key: str) -> bool:
    """Whether a key's value must not be kept."""
    folded = key.lower()
    return any(word in folded for word in _SECRETS)


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
