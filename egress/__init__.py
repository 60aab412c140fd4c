"""The way out: the one guarded HTTP client for addresses that users gave us. No models.

Public names: `egress.client.fetch` with its `Limits` and `Fetched`, the failures in `egress.errors`, and
`egress.addresses.check`, the one judgement of whether an address may be fetched at all.
It must never connect to an address that was not checked, look a name up twice, tell a user whether an address was
refused or just did not answer, or take a proxy, a certificate store or a password from the environment.
"""
