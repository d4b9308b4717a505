"""Noise in tables of colours, whose fourth byte is reserved."""

_COLOR = 4
# Some writers set all bits of the reserved byte.
_RESERVED = frozenset({0, 255})
_LEAST_ODD = 4


def colors_are_noise(content: bytes, start: int, end: int) -> bool:
    """Tell whether some colours in a row have a fourth byte that no writer leaves there."""
    odd: list[int] = []
    for reserved in content[start + 3 : end : _COLOR]:
        odd = [] if reserved in _RESERVED or reserved in odd else [*odd, reserved]
        if len(odd) >= _LEAST_ODD:
            return True
    return False
