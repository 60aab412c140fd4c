"""Values as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers.freshness import ago
from providers.names import WRITABLE_NAMES
from providers.wording import LABELS, hours, percent, value_text

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_every_field_of_a_provider_has_a_label_in_the_document_s_order():
    assert tuple(LABELS) == WRITABLE_NAMES


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("hasDiscount", False, "no"),
        ("autoRenew", True, "yes"),
        ("website", None, "none"),
        ("languages", [], "none"),
        ("languages", ["en", "pl"], "English, Polish"),
        ("supportChannels", ["email", "x"], "E-mail, X"),
        ("type", "selfSetup", "Self-setup"),
        ("tiers", [{"tier": "nimbus", "price": "1200.5", "planName": "N"}], "N $1,200.50"),
        ("totalNodes", 12345, "12,345"),
        ("uptimePercentage", "99.9", "99.9 %"),
        ("responseTimeHours", "0.50", "30 min"),
        ("responseTimeHours", 4.5, "4.5 h"),
        ("longDescription", "a\n\nb", "a b"),
        ("description", "x" * 81, "x" * 79 + "…"),
        ("description", "x" * 80, "x" * 80),
    ],
)
def test_a_value_of_the_log_is_one_short_line(field, value, text):
    assert value_text(field, value) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, None),
        ("0", "0 min"),
        ("0.5", "30 min"),
        ("0.99", "59 min"),
        ("1", "1 h"),
        ("47.5", "47.5 h"),
        ("60", "2.5 days"),
    ],
)
def test_hours_are_told_in_the_unit_that_people_use(number, text):
    assert hours(None if number is None else Decimal(number)) == text


def test_a_share_has_no_idle_zeros():
    assert (percent(Decimal("99.900")), percent(Decimal("100.000")), percent(None)) == ("99.9 %", "100 %", None)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        *(
            (-5, "just now"),
            (0, "just now"),
            (1, "1 min ago"),
            (59, "59 min ago"),
            (60, "1 h ago"),
            (2879, "47 h ago"),
        ),
        *((2880, "2 days ago"), (86_400, "60 days ago"), (86_400 + 1440, "on 27 Sep 2026")),
    ],
)
def test_an_age_is_told_in_its_own_unit(minutes, text):
    assert ago(NOW - timedelta(minutes=minutes), NOW) == text
