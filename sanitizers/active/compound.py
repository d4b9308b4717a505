"""Active content of old Office files (OLE2): VBA, Excel 4 macros, embedded objects, DDE.

Word 6 and 95 keep WordBasic macros in the document itself, and only in templates: three tables of
the file information block name them, and all are empty in a document without macros. What is older
is not judged.
"""

import re
import struct
from collections.abc import Iterator

from custody.finding import Finding
from formats import biff
from formats.faults import MalformedError, ProtectedError, TruncatedError, UnsupportedError
from formats.ole2 import Compound, Entry
from sanitizers.active.observation import active
from sanitizers.interface import Opened

_VBA_NAMES = frozenset({"_vba_project_cur", "_vba_project", "vba", "macros", "vbaproject"})
_OBJECT_NAMES = frozenset({"\x01ole10native", "\x01ole", "package", "ocxname", "\x03ocxdata"})
_EMBEDDED = re.compile(r"(?:mbd[0-9a-f]{8}|lnk[0-9a-f]{8}|objectpool)\Z")
_WORD_MAGIC = (0xA5EC, 0xA5DC)
_WORD_97, _WORD_6 = 0xC1, 0x65
_FLAGS, _TEMPLATE = 10, 1
# Sizes of the commands, of the macros and of their names in the block of Word 6 and 95.
_WORD_6_MACRO_SIZES = (0x11C, 0x124, 0x12C)
_WORD_6_BLOCK = 0x130
_DDE = re.compile(
    rb"\x13\s*(?:DDE|D\x00D\x00E\x00)|\x13\x00(?:\s\x00)*D\x00D\x00E\x00", re.IGNORECASE
)
_EXCEL4 = 1
_VBA_SHEET = 6
_DDE_PATH_MARK, _WIDE_DDE_MARK = b"\x03", b"\x03\x00"
_OWN_BOOK = (b"\x01\x04", b"\x01\x3a")
_ENCODED = (b"\x00", b"\x01", b"\x02")
_OBJECT_RECORD, _VBA_RECORD, _CRYPT_RECORD = 0x1011, 0x03FF, 0x2F14
_MACRO_ATOM_ON = 1


def look(opened: Opened) -> Iterator[Finding]:
    """Yield what is active in a compound file.

    Raises:
        FormatError: the file is protected, cut, or of a form that is not understood.
    """
    compound = Compound(opened.content)
    yield from (active(rule) for rule in sorted(rules_of(compound)))
    readers = {
        "worddocument": _word,
        "workbook": _excel,
        "book": _excel,
        "powerpoint document": _slides,
    }
    user = compound.find("Current User")
    if user is not None and biff.slides_are_encrypted(compound.stream(user)):
        raise ProtectedError("the presentation needs a password")
    understood = False
    for entry in compound.entries:
        reader = readers.get(entry.name.lower())
        if reader is not None and entry.is_stream and len(entry.path) == 1:
            understood = True
            yield from reader(compound.stream(entry))
    if not understood:
        raise UnsupportedError("a compound file without a document that we know")


def rules_of(compound: Compound) -> set[str]:
    """Return the rules of what the names of streams and storages tell.

    A storage in which nothing lies holds no macro.
    """
    parents = {entry.path[:-1] for entry in compound.entries}
    return {
        rule
        for entry in compound.entries[1:]
        if (entry.is_stream or entry.path in parents) and (rule := _rule_of(entry))
    }


def _rule_of(entry: Entry) -> str:
    name = entry.name.lower()
    if name in _VBA_NAMES:
        return "ole2-macros"
    if name == "objectpool" and not entry.is_stream:
        return ""  # Word writes the empty storage too; what lies in it is found by its own name
    if len(entry.path) > 1 and (name in _OBJECT_NAMES or entry.path[0].lower() == "objectpool"):
        return "ole2-object"
    return "ole2-object" if _EMBEDDED.match(name) else ""


def _word(stream: bytes) -> Iterator[Finding]:
    """Read the file information block ([MS-DOC] 2.5.1)."""
    if len(stream) < 32:
        raise TruncatedError("the file information block is cut")
    magic, version = struct.unpack_from("<HH", stream, 0)
    if magic not in _WORD_MAGIC:
        raise MalformedError("no Word document stands here")
    if biff.text_is_encrypted(stream):
        raise ProtectedError("the document needs a password")
    if version < _WORD_6:
        raise UnsupportedError("Word 2 or older: its macros cannot be excluded")
    if version < _WORD_97 and _has_word_basic(stream):
        yield active("ole2-macros")
    if _DDE.search(stream):
        yield active("ole2-dde")


def _has_word_basic(stream: bytes) -> bool:
    """Tell whether a document of Word 6 or 95 is a template, or has commands or macros.

    Raises:
        TruncatedError: the block is cut.
    """
    if len(stream) < _WORD_6_BLOCK:
        raise TruncatedError("the file information block is cut")
    is_template = stream[_FLAGS] & _TEMPLATE
    return bool(is_template) or any(
        struct.unpack_from("<I", stream, place)[0] for place in _WORD_6_MACRO_SIZES
    )


def _excel(stream: bytes) -> Iterator[Finding]:
    """Read the records of the globals: sheet kinds, links, protection ([MS-XLS] 2.4)."""
    rules: set[str] = set()
    seen = False
    for record in biff.excel_records(stream):
        seen = True
        if record.number == biff.FILEPASS:
            raise ProtectedError("the workbook needs a password")
        body = stream[record.start : record.start + record.size]
        if record.number == biff.BOUNDSHEET and len(body) > 5:
            if body[5] == _EXCEL4:
                rules.add("ole2-excel4-macros")
            elif body[5] == _VBA_SHEET:
                rules.add("ole2-macros")
        elif record.number == biff.SUPBOOK and _is_dde_link(body):
            rules.add("ole2-dde")
    if not seen:
        raise TruncatedError("a workbook without records")
    yield from (active(rule) for rule in sorted(rules))


def _is_dde_link(body: bytes) -> bool:
    """Tell a link to a program from one to a workbook ([MS-XLS] 2.5.277): only that is encoded."""
    if len(body) < 6 or body[2:4] in _OWN_BOOK:
        return False
    is_wide = bool(body[4] & 1)
    path = body[5:]
    first = path[:1]
    return first not in _ENCODED and (_WIDE_DDE_MARK if is_wide else _DDE_PATH_MARK) in path


def _slides(stream: bytes) -> Iterator[Finding]:
    """Read the records of a presentation: objects and VBA are records of it ([MS-PPT] 2.10)."""
    rules: set[str] = set()
    for record in biff.slide_records(stream):
        if record.number == _CRYPT_RECORD:
            raise ProtectedError("the presentation needs a password")
        if record.number == _OBJECT_RECORD:
            rules.add("ole2-object")
        elif record.number == _VBA_RECORD:
            # The container holds one atom whose second number says whether there are macros.
            body = stream[record.start : record.start + record.size]
            if len(body) < 16 or struct.unpack_from("<I", body, 12)[0] == _MACRO_ATOM_ON:
                rules.add("ole2-macros")
    yield from (active(rule) for rule in sorted(rules))
