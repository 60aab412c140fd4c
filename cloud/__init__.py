"""Flux Cloud: sign-in with a Flux, Bitcoin or Ethereum wallet, and the gateway to the Flux node API.

Public names: `callers.caller_of` (who signed the request), `tiers.allows` (what they may call), `services` (every
write). Must never: take a caller's word for a tier, keep a private answer for somebody else, send a call that
changes something twice, or use a signature as an identifier: each has a twin that is as valid.
"""
