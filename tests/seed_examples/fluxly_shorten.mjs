// Node.js (no SDK needed — just fetch)
const res = await fetch("https://fluxly.uk/api/links", {
  method: "POST",
  headers: {
    "Authorization": `Bearer ${process.env.FLUXLY_API_KEY}`,
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    target_url: "https://example.com/long-url",
    custom_slug: "launch-day",
  }),
});
const link = await res.json();
console.log("Short URL:", `https://fluxly.uk/r/${link.slug}`);
