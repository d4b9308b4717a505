"""Active content of Publisher documents: VBA, objects, and rows of a database to be merged in.

What stands in a document is known by name; anything else in it is not understood.
"""

from collections.abc import Iterator

from custody.finding import Finding
from formats.faults import UnsupportedError
from formats.ole2 import Compound, Entry
from sanitizers.active.compound import rules_of
from sanitizers.active.observation import active
from sanitizers.interface import Opened

_PARTS = frozenset(
    {
        *("contents", "internal", "\x03internal", "\x01compobj", "envelope", "objects", "vba"),
        *("\x05summaryinformation", "\x05documentsummaryinformation"),
        *("escher", "escher/escherstm", "escher/escherdelaystm"),
        *("quill", "quill/quillsub", "quill/quillsub/\x01compobj", "quill/quillsub/contents"),
    }
)
_CONNECTIONS = tuple(
    word.encode("utf-16-le") for word in ("Provider=", "Data Source=", "DSN=", "DRIVER=")
)


def look(opened: Opened) -> Iterator[Finding]:
    """Yield what is active in a publication.

    Raises:
        FormatError: it is cut, or holds parts that are not known.
    """
    compound = Compound(opened.content)
    rules = rules_of(compound)
    if not rules and (strange := [e for e in compound.entries[1:] if not _is_known(e)]):
        raise UnsupportedError(f"{len(strange)} parts that no publication is known to have")
    contents = compound.find("Contents")
    if contents is None:
        raise UnsupportedError("a publication without contents")
    if any(word in compound.stream(contents) for word in _CONNECTIONS):
        rules.add("ole2-data-connection")
    yield from (active(rule) for rule in sorted(rules))


def _is_known(entry: Entry) -> bool:
    path = "/".join(entry.path).lower()
    return path in _PARTS and not (path == "envelope" and entry.size)
