const response = await fetch('https://fluxme.io/api/providers/your-slug', {
method: 'PATCH',
headers: {
'Content-Type': 'application/json',
'Authorization': 'Bearer your-api-key',
},
body: JSON.stringify({
// Identity
name: 'My Provider',
description: 'Short description for the card (max 200 chars)',
longDescription: 'Full description shown on the profile page...',
website: 'https://myprovider.com',
discord: 'https://discord.gg/XXXXX',
country: 'Poland',
type: 'managed', // 'managed' | 'selfSetup' | 'dedicated'
// Pricing
tiers: [
{ tier: 'cumulus', price: 7.99, planName: 'Cumulus' },
{ tier: 'nimbus', price: 17.99, planName: 'Nimbus' },
{ tier: 'stratus', price: 35.99, planName: 'Stratus' },
],
comments: 'Prices include VAT',
hasDiscount: true,
// Metrics
totalNodes: 89,
totalClients: 51,
uptimePercentage: 99.99,
responseTimeHours: 0.5,
pnrEligiblePercent: 99,
arcaneOsPercent: 100,
// Infrastructure
dataCenters: 3,
sla: 99.9,
languages: ['en', 'pl'],
// Payment methods
acceptsFlux: true,
acceptsStripe: true,
acceptsFiat: true,
// Services
supportChannels: ['email', 'discord', 'phone'],
whiteLabel: false,
autoRenew: true,
delegationAvailable: true,
}),
});
