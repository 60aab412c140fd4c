"""Fluxly."""
