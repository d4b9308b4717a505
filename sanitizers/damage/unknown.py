"""Damage in content of no known type: texts with zeros or noise in them, overwritten beginnings."""

from collections.abc import Iterator

from formats.remains import overwritten_type
from sanitizers.damage.fault import Fault, Nature, noise
from sanitizers.interface import Opened


def check_unknown(opened: Opened) -> Iterator[Fault]:
    """Yield what can be said without any name: random bytes alone are nobody's fault."""
    remains = opened.report.remains
    if remains is None:
        return
    if remains.all_zero:
        detail = f"{opened.size} zero bytes"
        yield Fault(rule="all-zero", nature=Nature.ZEROED, detail=detail)
    elif remains.zero_parts:
        yield Fault(rule="zero-filled", nature=Nature.ZEROED, detail="zeros inside of a text")
    else:
        destroyed = overwritten_type(opened.content)
        if destroyed:
            yield noise("overwritten-type", 0, f"noise where {destroyed} was")
