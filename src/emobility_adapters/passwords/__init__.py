"""Passwords of people, hashed by Argon2id."""

from emobility_adapters.passwords.argon2 import ArgonPasswords

__all__ = ["ArgonPasswords"]
