"""What an account may do: the catalogue in code, subscriptions in the database, usage per period.

Public names: `plans.catalogue`, `plans.entitlements` (`allows`, `limit_of`, `claim`, `release`),
`plans.services.set_plan`. A lapse deletes nothing: it blocks until the plan is renewed.
"""
