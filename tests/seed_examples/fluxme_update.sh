curl -X PATCH https://fluxme.io/api/providers/your-slug \
-H "Content-Type: application/json" \
-H "Authorization: Bearer your-api-key" \
-d '{
"totalNodes": 95,
"totalClients": 54,
"pnrEligiblePercent": 99,
"arcaneOsPercent": 100
}'
