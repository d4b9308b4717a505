"""Drawings of Windows, record by record."""

import struct


def emf_record(number: int, body: bytes = b"") -> bytes:
    """Return a record of EMF."""
    return struct.pack("<II", number, len(body) + 8) + body


def emf(*records: bytes, lines: int = 60) -> bytes:
    """Return a drawing of lines, with further records in front of the last."""
    drawn = b"".join(
        emf_record(27 if n % 2 else 54, struct.pack("<ii", n * 3, n * 7)) for n in range(lines)
    )
    last = emf_record(14, struct.pack("<III", 0, 16, 20))
    size = 108 + len(drawn) + sum(map(len, records)) + len(last)
    head = struct.pack(
        "<8i4sIIIHHIIII", *range(8), b" EMF", 0x10000, size, lines + 2, 1, 0, 0, 0, 0, 0
    )
    return emf_record(1, head.ljust(100, b"\x00")) + drawn + b"".join(records) + last


def wmf_record(number: int, body: bytes = b"") -> bytes:
    """Return a record of WMF; its body has whole words."""
    return struct.pack("<IH", len(body) // 2 + 3, number) + body


def wmf(*records: bytes, lines: int = 60, placeable: bool = True) -> bytes:
    """Return a drawing of lines, with further records in front of the last."""
    drawn = b"".join(
        wmf_record(0x213 if n % 2 else 0x214, struct.pack("<hh", n * 3, n * 7))
        for n in range(lines)
    )
    inside = drawn + b"".join(records) + wmf_record(0)
    head = struct.pack("<HHHIHIH", 1, 9, 0x300, (18 + len(inside)) // 2, 1, 8, 0)
    place = b"\xd7\xcd\xc6\x9a" + struct.pack("<HhhhhHIH", 0, 0, 0, 99, 99, 96, 0, 0)
    return (place if placeable else b"") + head + inside


def escape(function: int, held: bytes = b"ab") -> bytes:
    """Return an escape of WMF."""
    return wmf_record(0x0626, struct.pack("<HH", function, len(held)) + held)
