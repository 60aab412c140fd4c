"""Fluxme: the directory of Flux hosting providers, kept fresh by the providers' own programs.

Public names: `providers.services.apply_update`, `providers.services.create_provider`,
`providers.demo.load_demo`, `providers.models.Provider`. Every change of a listing, whatever its source,
goes through `apply_update`, which alone decides what may be overwritten; nothing else writes a field.
"""
