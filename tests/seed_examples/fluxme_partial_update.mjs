await fetch('https://fluxme.io/api/providers/your-slug', {
method: 'PATCH',
headers: {
'Content-Type': 'application/json',
'Authorization': 'Bearer your-api-key',
},
body: JSON.stringify({
tiers: [
{ tier: 'cumulus', price: 7.49, planName: 'Cumulus' },
{ tier: 'nimbus', price: 16.99, planName: 'Nimbus' },
{ tier: 'stratus', price: 34.99, planName: 'Stratus' },
],
totalNodes: 95,
}),
});
