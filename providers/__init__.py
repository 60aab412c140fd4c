"""Fluxme."""
