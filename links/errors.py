"""Refusals of Fluxly."""

from api.errors import Conflict


class SlugTaken(Conflict):
    """409: a link has this slug, had it within the last 30 days, or has one that looks the same."""

    code = "slug_taken"
    message = "This slug is taken. Choose another one, or leave it out to get a random one."
