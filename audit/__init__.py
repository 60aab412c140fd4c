"""What happened: append-only events, written in the same transaction as the change they tell of.

Public name: `audit.services.record`. Events hold identifiers, never foreign keys: they outlive what they
name. Nothing updates or deletes an event, neither through the ORM nor, on PostgreSQL, at all.
"""
