"""Money: how many decimals a currency has, and amounts written with exactly those. Pure; knows no database.

Source of the exponents: ISO 4217. A currency that is not named here has two decimals.
"""

from decimal import Decimal

MAX_EXPONENT = 3
# The widest amount that the columns hold: 12 digits of which 3 are decimals.
MAX_AMOUNT = 999_999_999

_WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_WITH_FOUR = "CLF UYW"
_EXPONENTS = (
    dict.fromkeys(_WITHOUT_DECIMALS.split(), 0)
    | dict.fromkeys(_WITH_THREE.split(), 3)
    | dict.fromkeys(_WITH_FOUR.split(), 4)
)


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency: JPY 0, EUR 2, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def quantum(currency: str) -> Decimal:
    """Return the smallest amount of a currency: 0.01 for EUR, 1 for JPY."""
    return Decimal(1).scaleb(-exponent(currency))


def fits(amount: Decimal, currency: str) -> bool:
    """Return whether the amount needs no more decimals than the currency has: 10.001 does not fit EUR."""
    return amount == amount.quantize(quantum(currency))


def written(amount: Decimal, smallest: Decimal) -> Decimal:
    """Return the amount with exactly the decimals of its currency's `quantum`: 10 → 10.00."""
    return amount.quantize(smallest)
