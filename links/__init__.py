"""Fluxly: short links, the redirects they stand for, and what is counted of them.

`services` holds every write, `targets.judge` decides where a link may lead, `slugs` what it may be called.
Must never: redirect to anything but the stored target, count a visit that was not redirected, or store an
address that is not cut to its network.
"""
