"""The schema of HPRIM Santé 2: one message, from its header to its trailer, is one record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from formats.er7 import Unit, UnitKind
from formats.faults import LimitError, MalformedError
from formats.hprim import read_message, read_units
from schemas.hprim.content import message_reasons
from schemas.hygiene import text_reasons
from schemas.interface import Extract, NotValidated, Reason, Record, Run, Said
from schemas.reasons.table import because

_HIGH = bytes(range(0x80, 0x100))
_MOST_HIGH_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Hprim:
    """Messages of HPRIM Santé 2.0 to 2.5 (results, orders, admissions, acts, invoices)."""

    name: str = "hprim"
    media_types: frozenset[str] = frozenset({"application/hprim"})

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield every message in the order of its bytes."""
        try:
            for number, unit in enumerate(read_units(extract.content), 1):
                reasons = tuple(dict.fromkeys(unit_reasons(unit, extract.today)))
                place = {"number": number, "offset": unit.offset, "size": unit.size}
                yield Record(**place, reasons=reasons) if reasons else Run(**place, count=1)
        except LimitError as error:
            yield NotValidated(schema=self.name, reason=error.reason)


def unit_reasons(unit: Unit, today: date) -> Iterator[Reason]:
    """Yield everything that is wrong with one stretch of bytes."""
    if unit.kind is UnitKind.STRAY:
        yield because("HPR-001")
        return
    text = _decoded(unit.content)
    if isinstance(text, Reason):
        yield text
        return
    yield from text_reasons(text.rstrip("\x1a"))
    if not unit.closed or text[-1] not in "\r\n":
        yield because("HPR-004")
    try:
        message = read_message(text)
    except MalformedError:
        yield because("HPR-002")
    except LimitError:
        yield because("GEN-011")
    else:
        yield from message_reasons(message, today)


def _decoded(content: bytes) -> str | Reason:
    """Return a message's text: in ISO 8859-1 as the recommendation says, or in UTF-8."""
    if len(content) - len(content.translate(None, _HIGH)) > len(content) * _MOST_HIGH_SHARE:
        return because("GEN-012")
    for codec in ("utf-8", "cp1252"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    return because("GEN-003")
