"""How every answer looks: envelopes, refusals, strict input, request ids, OpenAPI.

Public names: `api.errors.PlatformError` and its common kinds, `api.views.PlatformAPIView`,
`api.serializers.StrictSerializer`, `api.fields`, `api.envelopes.envelope_of`.
This app has no models, knows no product's tables and decides nothing about who may do what.
"""
