"""Where the axis of a chart ends. Plain Python."""

_LEADS = (2, 4, 6, 8, 10)


def ceiling_of(number: int) -> int:
    """Return the least even number of the form 2, 4, 6, 8 or 10 times a power of ten that is not below."""
    power = 1
    while True:
        for lead in _LEADS:
            if lead * power >= number:
                return lead * power
        power *= 10
