"""Passwords in tests: the platform's algorithm at its lowest cost, since nearly every test makes a person."""

from accounts.hashers import Argon2Hasher


class QuickArgon2Hasher(Argon2Hasher):
    """Argon2id that takes 0.03 ms instead of 32."""

    memory_cost = 8
    time_cost = 1
