"""Password hashing at a cost that a sign-in page survives."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: OWASP's first recommendation for Argon2id.

    Django's own default takes 100 MiB and eight lanes, so a handful of sign-ins at once fills a small machine.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
