"""What the chain says about a provider, in JSON."""

from rest_framework import serializers

from providers.models import Provider


class MeasuredNodesOutput(serializers.Serializer[Provider]):
    """How many nodes are paid to the provider's addresses, by size, as the chain had them. at: when."""

    total = serializers.SerializerMethodField()
    cumulus = serializers.IntegerField(source="measured_nodes.cumulus")
    nimbus = serializers.IntegerField(source="measured_nodes.nimbus")
    stratus = serializers.IntegerField(source="measured_nodes.stratus")
    at = serializers.DateTimeField(source="measured_nodes_at")

    def get_total(self, provider: Provider) -> int:
        """Return their sum."""
        return sum((provider.measured_nodes or {}).values())
