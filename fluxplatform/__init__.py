"""Wiring of the Flux Platform: settings, routes, server entry points, Celery. Nobody imports it."""
