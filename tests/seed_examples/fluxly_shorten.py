# Python (with requests)
import os, requests

r = requests.post(
    "https://fluxly.uk/api/links",
    headers={"Authorization": f"Bearer {os.environ['FLUXLY_API_KEY']}"},
    json={"target_url": "https://example.com/long-url", "custom_slug": "launch-day"},
)
link = r.json()
print("Short URL:", f"https://fluxly.uk/r/{link['slug']}")
