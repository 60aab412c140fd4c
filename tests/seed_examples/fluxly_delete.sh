curl -X DELETE https://fluxly.uk/api/links/lnk_abcdef123456 \
  -H "Authorization: Bearer fluxly_live_xxxxxxxxxxxxxxxxxxxxxxxxx"
