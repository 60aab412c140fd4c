curl -X POST https://fluxly.uk/api/links \
  -H "Authorization: Bearer fluxly_live_xxxxxxxxxxxxxxxxxxxxxxxxx" \
  -H "Content-Type: application/json" \
  -d '{
    "target_url": "https://example.com/very/long/path",
    "custom_slug": "my-link",
    "expires_at": "2026-12-31T23:59:00Z",
    "password": "optional-passphrase"
  }'
