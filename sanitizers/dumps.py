"""One walk over a dump of a database: what its statements do, and where it cannot be followed.

Two readers ask for it, of active content and of damage; the walk is made once.
"""

from dataclasses import dataclass

from formats.faults import FormatError
from formats.sql.dialects import Dialect, dialect_of, has_ending
from formats.sql.judged import Ruled, Ruling
from formats.sql.rulings import rulings
from formats.sql.statements import walk
from formats.text import read_text
from sanitizers.interface import Opened

_WIDE = ("utf-16", "utf-32")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One kind of statement that is no data: the first of them, and how many there are."""

    first: Ruled
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a dump consists of. `text` is what was walked: UTF-8 where the file is UTF-16.

    `fault` says where the walk had to stop; None when it came to the end. `ended` tells that the
    line stands at the end that the dialect's program writes last.
    """

    dialect: Dialect
    text: bytes
    is_wide: bool
    seen: tuple[Seen, ...]
    fault: FormatError | None
    ended: bool


def survey(opened: Opened) -> Survey:
    """Return what a dump consists of."""
    is_wide = opened.report.encoding.startswith(_WIDE)
    text = _view(opened) if is_wide else opened.content
    dialect = dialect_of(text)
    kinds: dict[tuple[Ruling, str], Seen] = {}
    fault: FormatError | None = None
    try:
        for ruled in rulings(walk(text, dialect), dialect):
            if ruled.ruling is not Ruling.DATA:
                known = kinds.get((ruled.ruling, ruled.kind))
                kinds[ruled.ruling, ruled.kind] = Seen(
                    first=known.first if known else ruled, count=known.count + 1 if known else 1
                )
    except FormatError as error:
        fault = error
    return Survey(
        dialect=dialect,
        text=text,
        is_wide=is_wide,
        seen=tuple(sorted(kinds.values(), key=lambda seen: seen.first.ruling)),
        fault=fault,
        ended=has_ending(text, dialect),
    )


def _view(opened: Opened) -> bytes:
    text = read_text(opened.content)
    return opened.content if text is None else text.view
