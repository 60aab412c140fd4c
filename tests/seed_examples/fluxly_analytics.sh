curl https://fluxly.uk/api/links/lnk_abcdef123456/analytics \
  -H "Authorization: Bearer fluxly_live_xxxxxxxxxxxxxxxxxxxxxxxxx"
