"""Publisher documents, made chunk by chunk."""

import struct

from tests.corpus.compounds import atom, compound


def block(number: int, kind: int, inside: bytes) -> bytes:
    """Return a block; from kind 0x80 on it begins with its length, one kind excepted."""
    length = struct.pack("<I", len(inside) + 4) if kind >= 0x80 and kind != 0xB8 else b""
    return bytes([number, kind]) + length + inside


def contents(*chunks: bytes, gap: bytes = b"") -> bytes:
    """Return the contents of chunks that follow one another, and their directory."""
    at, places, held = 64, [], b""
    for chunk in chunks:
        places.append(at + len(held))
        held += struct.pack("<I", len(chunk) + 4) + chunk
    held += gap
    listed = b"".join(
        block(0, 0x88, block(2, 0x18, b"\x44\x00") + block(4, 0xB8, struct.pack("<I", place)))
        for place in places
    )
    inside = block(1, 0x20, bytes(4)) + block(3, 0x90, listed)
    directory = struct.pack("<I", len(inside) + 4) + inside
    size = at + len(held) + len(directory)
    head = b"\xe8\xac\x2c\x00\xe8\x03\x05\x01" + struct.pack("<I", size)
    head = head.ljust(26, b"\x00") + struct.pack("<I", at + len(held))
    return head.ljust(at, b"\x00") + held + directory


def quill(text: str) -> bytes:
    """Return the text of a publication: one list of chunks, one chunk."""
    letters = text.encode("utf-16-le")
    listed = struct.pack("<H4sHI4sII", 24, b"TEXT", 0, 1, b"TEXT", 512, len(letters))
    head = b"CHNKINK \x04\x00".ljust(24, b"\x00") + struct.pack("<HHI", 15, 1, 0xFFFFFFFF)
    return (head + listed).ljust(512, b"\x00") + letters


def shapes() -> bytes:
    """Return two groups of records, with the four bytes behind each."""
    return (atom(0xF000, atom(0xF006, bytes(24)), container=True) + bytes(4)) * 2


def publication(**changes: bytes) -> bytes:
    """Return a whole document; `contents`, `quill` and `others` replace what stands in it."""
    words = block(1, 0xC0, "Affiche de la clinique".encode("utf-16-le"))
    chunk = block(2, 0x20, b"\x01\x00\x00\x00") + words * 40
    streams = {
        "Contents": changes.get("contents", contents(chunk, chunk)),
        "Quill/QuillSub/CONTENTS": changes.get("quill", quill("La consultation ouvre. " * 200)),
        "Escher/EscherStm": shapes(),
        "Escher/EscherDelayStm": b"",
        "\x03Internal": bytes(12),
        "Objects/": b"",
        "VBA/": b"",
    }
    others = {name: held for name, held in changes.items() if "/" in name}
    return compound(streams | others)
