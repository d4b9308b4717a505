"""Values of a dump that are documents or programs, however they are written.

A document that stands there as bytes is taken out and inspected like a member of an archive;
whatever else is a file, or looks sealed, is a reason.
"""

from collections.abc import Iterator

from custody.finding import Finding
from sanitizers.active import records
from sanitizers.active.observation import note
from sanitizers.active.values import finding_of
from sanitizers.containers.dumped_values import LEAST, values
from sanitizers.containers.unpacked import EMBEDDED
from sanitizers.dumps import survey
from sanitizers.interface import Opened
from sanitizers.values import ValueKind, kind_of_value


def look_at_values(opened: Opened) -> Iterator[Finding]:
    """Yield each kind of file that values are, once, with where the first one stands."""
    dump = opened.once(survey)
    told: set[ValueKind | str] = set()
    for value in values(dump.text, dump.dialect):
        kind = kind_of_value(value.content) if len(value.content) >= LEAST else None
        if kind is None:
            continue
        where = f"offset {value.offset}"
        is_taken_out = kind is ValueKind.DOCUMENT and value.is_file
        said = EMBEDDED if is_taken_out else kind
        if said not in told:
            told.add(said)
            yield note(EMBEDDED, where=where) if is_taken_out else finding_of(kind, where)
    yield from records.look(opened)
