"""Passwords that are tried first: those of twelve characters and more, since no shorter one is taken."""

from __future__ import annotations

from itertools import product

_WHOLE = (
    "123456789012", "1234567890123", "12345678901234", "123456789012345", "1234567890123456",
    "012345678901", "098765432109", "111222333444", "112233445566", "121212121212", "123123123123",
    "123321123321", "123456123456", "987654321098", "qwertyuiop12", "qwertyuiop123", "qwertyuiop1234",
    "qwertyuiopas", "qwertyuiopasdf", "qwertyuiopasdfghjkl", "qwertzuiop12", "qwertzuiop123",
    "qwertzuiopas", "1q2w3e4r5t6y", "1q2w3e4r5t6z", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "zaq12wsxcde3",
    "q1w2e3r4t5y6", "asdfghjkl123", "asdfghjkl1234", "zxcvbnm12345", "yxcvbnm12345", "abcdefghijkl",
    "abcdefghijklm", "abcd1234abcd", "abc123abc123", "a1b2c3d4e5f6", "passwordpassword", "password12345",
    "passwort12345", "changemechangeme", "changeme1234", "letmeinletmein", "letmein12345",
    "welcomewelcome", "willkommen12", "willkommen123", "willkommen1234", "administrator", "administrator1",
    "iloveyouiloveyou", "iloveyou1234", "ichliebedich", "hallohallohallo", "hallohallo12", "football1234",
    "baseball1234", "superman1234", "princess1234", "monkeymonkey", "dragondragon", "sunshine1234",
    "masterpassword", "trustno1trustno1", "correcthorsebatterystaple", "elektroauto1", "elektroauto123",
    "ladestation1", "ladestation12", "ladestation123", "chargingstation", "chargingstation1",
    "wallboxwallbox", "emobilityemobility", "emobility123", "emobility1234", "elektromobilitaet",
)  # fmt: skip
_STEMS = ("password", "passwort", "passw0rd", "p@ssword", "p@ssw0rd", "welcome", "willkommen", "geheimnis",
          "sommer", "winter", "summer", "secret", "admin", "qwertz", "qwerty")  # fmt: skip
_ENDS = ("1234", "12345", "123456", "1234567", "12345678", "2023", "2024", "2025", "2026", "2027", "!123",
         "123!", "1234!", "2024!", "2025!", "2026!", "123!!", "!!!!")  # fmt: skip
COMMON: frozenset[str] = frozenset(_WHOLE) | {stem + end for stem, end in product(_STEMS, _ENDS)}
