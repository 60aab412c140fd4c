"""The directory's filters: one set for JSON, pages and CSV. What is not named here is refused."""
# ruff: noqa: N815 - the parameters are camelCase

from django.http import QueryDict

from api.fields import StrictBooleanField, StrictCharField, StrictChoiceField, StrictIntegerField
from providers.cursors import CursorField
from providers.fields import CountryField, LanguageField, NumberField
from providers.models import MAX_NODES, MAX_PRICE, ProviderType, SupportChannel, TierName
from providers.paging import DEFAULT_SORT, SORTS
from providers.queries import QuerySerializer

MAX_LIMIT = 100
PAYMENTS = ("flux", "stripe", "fiat")


class FilterQuery(QuerySerializer):
    """Which listings, in which order."""

    country = CountryField(required=False, help_text="English name or ISO 3166 code")
    type = StrictChoiceField(choices=ProviderType.choices, required=False)
    tier = StrictChoiceField(choices=TierName.choices, required=False, help_text="Has a price for this node size")
    maxPrice = NumberField(
        limit=MAX_PRICE,
        decimal_places=2,
        required=False,
        help_text="The cheapest price (of `tier`, if given) is at most this",
    )
    minUptime = NumberField(limit=100, decimal_places=3, required=False, help_text="uptimePercentage at least")
    minNodes = StrictIntegerField(
        min_value=0, max_value=MAX_NODES, required=False, help_text="totalNodes at least"
    )
    language = LanguageField(required=False, help_text="Support in this language (ISO 639-1)")
    support = StrictChoiceField(choices=SupportChannel.choices, required=False, help_text="Has this channel")
    accepts = StrictChoiceField(choices=PAYMENTS, required=False, help_text="Takes this payment")
    verified = StrictBooleanField(required=False)
    partner = StrictBooleanField(required=False, help_text="Flux Labs partners, or all others")
    q = StrictCharField(
        max_length=100,
        one_line=True,
        required=False,
        help_text="All these words, the last as a beginning; case and accents do not matter",
    )
    demo = StrictBooleanField(default=False, help_text="Show demo listings too")
    sort = StrictChoiceField(
        choices=list(SORTS), default=DEFAULT_SORT, help_text="`-` for descending; what has no value comes last"
    )


class DirectoryQuery(FilterQuery):
    """One page of them. The cursor belongs to the filters and the sort that it was made under."""

    limit = StrictIntegerField(min_value=1, max_value=MAX_LIMIT, default=20)
    after = CursorField()


def without_blanks(params: QueryDict) -> QueryDict:
    """Return the parameters without the empty ones, which a form sends for each field that was left alone."""
    kept = params.copy()
    for name, values in params.lists():
        if not any(value.strip() for value in values):
            del kept[name]
    return kept
