"""Who: users, accounts (the tenant), memberships, sign-in, JSON web tokens, and the signed-in shell.

Public names: `accounts.models`, `accounts.services`, `accounts.closing`, `accounts.current.current_account`,
`accounts.authentication.SessionTokenAuthentication`, `accounts.sections.Section`.
This app never looks at API keys: they belong to programs, not to people.
"""
