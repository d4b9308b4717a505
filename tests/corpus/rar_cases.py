"""RAR archives as cases: what each has to come to, and why."""

import stat
import struct
import zlib

from cli.hospital.malice import eicar, program_header
from formats.rar import MARK_5
from tests.corpus import rars
from tests.corpus.containers import MEBI, NOTE, TABLE
from tests.corpus.rars import Item, file5, number, rar4, rar5, record

Case = tuple[str, str, bytes, str, str]

HONEST = {"note.txt": NOTE, "folder/table.csv": TABLE}
BAD = {"note.txt": NOTE, "v.com": eicar()}
RAR5 = rars.of(HONEST, packed=True)
RAR4 = rar4(
    Item(name=b"note.txt", content=NOTE), Item(name=b"n.csv", content=rars.NUMBERS, packed=True)
)
_NOTE = Item(name=b"note.txt", content=NOTE)


def _held(name: str, content: bytes, reason: str) -> Case:
    return (name, "a.rar", content, "indeterminate", reason)


def _linked(kind: int) -> bytes:
    link = record(5, number(kind), number(0), number(3), b"a.b")
    return rar5(_NOTE, Item(name=b"l.txt", extra=link))


def _quick_open(copy: bytes) -> bytes:
    """Return an archive whose first header is told a second time, as this copy."""
    first = file5(_NOTE)
    header = first[: len(first) - len(NOTE)]
    body = number(0) + number(len(first)) + number(len(header)) + (copy or header)
    body = number(len(body)) + body
    told = struct.pack("<I", zlib.crc32(body)) + body
    return rar5(_NOTE, Item(name=b"QO", content=told, kind=3))


def _beside(kind: int, *fields: bytes) -> bytes:
    """Return an archive with a program behind the fields of a record that readers skip."""
    extra = record(kind, *fields, program_header())
    return rar5(Item(name=b"note.txt", content=NOTE, extra=extra))


def _ended_by_more() -> bytes:
    end = record(3, number(0), program_header())
    fields = number(5), number(1), number(len(end)), number(0), end
    return (
        MARK_5 + rars.block5(number(1), number(0), number(0)) + file5(_NOTE) + rars.block5(*fields)
    )


def _changed(content: bytes, at: int) -> bytes:
    return content[:at] + bytes((content[at] ^ 1,)) + content[at + 1 :]


RAR_CASES: tuple[Case, ...] = (
    ("rar 5", "a.rar", RAR5, "clean", ""),
    ("rar 4", "a.rar", RAR4, "clean", ""),
    ("rar 5 stored", "a.rar", rars.of(HONEST), "clean", ""),
    ("rar 4 stored", "a.rar", rars.of(HONEST, form=4), "clean", ""),
    ("rar 5 with a comment", "a.rar", rar5(Item(name=b"CMT", content=NOTE, kind=3)), "clean", ""),
    ("rar 5 with a quick list", "a.rar", _quick_open(b""), "clean", ""),
    ("rar 5 with eicar", "a.rar", rars.of(BAD, packed=True), "malicious", "part-malicious"),
    ("rar 4 with eicar", "a.rar", rars.of(BAD, form=4), "malicious", "part-malicious"),
    (
        "rar 5 with eicar in a comment",
        "a.rar",
        rar5(_NOTE, Item(name=b"CMT", content=eicar(), kind=3)),
        "malicious",
        "part-malicious",
    ),
    ("rar 5 with a program", "a.rar", rars.of({"p.exe": program_header()}), "active", "prohib"),
    ("rar behind a program", "a.exe", program_header() + RAR5, "prohibited", ""),
    _held("rar 5 cut", RAR5[:-12], "truncated"),
    _held("rar 5 cut in a member", RAR5[:90], "truncated"),
    _held("rar 4 without an end", rar4(_NOTE, end=b""), "truncated"),
    _held("rar 5 and more", RAR5 + b"more", "trailing-data"),
    _held("rar 4 and more", RAR4 + b"more", "trailing-data"),
    _held("rar 5 with a changed header", _changed(RAR5, 12), "malformed"),
    _held("rar 4 with a changed header", _changed(RAR4, 24), "malformed"),
    _held("rar 5 with a changed byte", _changed(rars.of(HONEST), 60), "malformed"),
    _held("rar 5 of volumes", rar5(_NOTE, main=1), "archives: volume"),
    _held("rar 4 of volumes", rar4(_NOTE, main=1), "archives: volume"),
    _held("rar 5 that goes on", rar5(Item(name=b"a.txt", content=NOTE, flags=16)), "unsupported"),
    _held("rar 4 that goes on", rar4(Item(name=b"a.txt", content=NOTE, flags=2)), "unsupported"),
    _held(
        "rar 5 with encrypted headers",
        MARK_5 + rars.block5(*map(number, (4, 0, 0, 0)), b"\x0f" + bytes(16)),
        "password-protected: the headers",
    ),
    _held("rar 4 with encrypted headers", rar4(main=0x80), "password-protected: the headers"),
    _held(
        "rar 5 with a password",
        rar5(Item(name=b"a.txt", content=NOTE, extra=record(1, bytes(35)))),
        "archives: password-protected",
    ),
    _held(
        "rar 4 with a password",
        rar4(Item(name=b"a.txt", content=NOTE, flags=4)),
        "archives: password-protected",
    ),
    _held("rar 5 with a link", _linked(1), "symlink"),
    _held("rar 5 with a hard link", _linked(4), "hard-link"),
    _held("rar 5 with a copy", _linked(5), "file-copy"),
    _held(
        "rar 4 with a link",
        rar4(Item(name=b"l", content=b"/etc/passwd", attributes=stat.S_IFLNK | 0o777)),
        "symlink",
    ),
    _held("rar outside", rars.of({"../x.txt": NOTE}), "path-outside"),
    _held("rar twins", rars.of({"a.txt": NOTE, "A.TXT": TABLE}), "duplicate-name"),
    _held(
        "rar 4 with two names",
        rar4(Item(name=b"a.txt\x00\x00\x00b.tx", content=NOTE, flags=0x200)),
        "name-mismatch",
    ),
    _held(
        "rar 5 with a recovery record", rar5(_NOTE, Item(name=b"RR", content=b"r", kind=3)), "rec"
    ),
    _held("rar 5 with a stream", rar5(_NOTE, Item(name=b"STM", content=NOTE, kind=3)), "alternate"),
    _held(
        "rar 5 with a service", rar5(_NOTE, Item(name=b"XYZ", content=NOTE, kind=3)), "service-d"
    ),
    _held("rar 4 with a stream", rar4(_NOTE, Item(name=b"STM", content=b"r", kind=3)), "alternate"),
    _held("rar 5 with another quick list", _quick_open(b"x" * 30), "quick-open-mismatch"),
    _held("rar 5 of another size", rar5(Item(name=b"a", content=NOTE, size=9)), "size-mismatch"),
    _held(
        "rar 5 of a later packing", rar5(Item(name=b"a", content=NOTE, packed=True, mix=1)), "unsup"
    ),
    _held(
        "rar 5 with a large window",
        rar5(Item(name=b"a", content=NOTE, packed=True, mix=15 << 10)),
        "archives: limit",
    ),
    _held(
        "rar 5 that claims much",
        rar5(Item(name=b"a", content=NOTE, packed=True, size=64 * MEBI)),
        "archives: limit",
    ),
    (
        "rar 5 of an owner",
        "a.rar",
        rar5(
            Item(
                name=b"note.txt",
                content=NOTE,
                extra=record(6, number(15), number(1), b"a", number(1), b"b", number(1), number(2))
                + record(3, number(0b10111), bytes(16)),
            )
        ),
        "clean",
        "",
    ),
    _held("rar 5 with more than times", _beside(3, number(2), bytes(8)), "hidden-data"),
    _held("rar 5 with more than an owner", _beside(6, number(1), number(1), b"a"), "hidden-data"),
    _held(
        "rar 5 with a long owner", _beside(6, number(1), number(len(program_header()))), "hidden"
    ),
    _held("rar 5 with more than a version", _beside(4, number(0), number(1)), "hidden-data"),
    _held("rar 5 with a service's record", _beside(7), "hidden-data"),
    _held(
        "rar 5 with more than a locator",
        rar5(_NOTE, locator=record(1, number(0), program_header())),
        "hidden-data",
    ),
    _held(
        "rar 5 with more than its metadata",
        rar5(_NOTE, locator=record(2, number(2), bytes(8), program_header())),
        "hidden-data",
    ),
    _held("rar 5 that ends with more", _ended_by_more(), "hidden-data"),
    _held(
        "rar 5 with an unknown record",
        rar5(Item(name=b"a.txt", content=NOTE, extra=record(99, b"hidden"))),
        "unknown-record",
    ),
)
