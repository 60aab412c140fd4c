"""The door: the one key model, authentication, scopes, throttling, idempotency, and the key pages.

Public names: `apikeys.services` (issue, import_key, roll, regenerate, revoke), `apikeys.views.KeyedAPIView`,
`apikeys.windows.rate_windows`. A secret is shown once, when it is made; only its SHA-256 is kept.
Keys are random with at least 128 bits, so a fast digest protects them as well as a slow one would.
"""
