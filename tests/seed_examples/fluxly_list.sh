curl https://fluxly.uk/api/links \
  -H "Authorization: Bearer fluxly_live_xxxxxxxxxxxxxxxxxxxxxxxxx"
