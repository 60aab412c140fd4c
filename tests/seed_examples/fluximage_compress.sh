curl -X POST https://fluximage.app/api/compress \
  -H "Authorization: Bearer flx_live_your_key_here" \
  -F "file=@image.jpg" \
  -F "format=webp" \
  -F "quality=82"
