"""Compound files that are written come back as they were, from readers of both kinds."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats import compound_writing
from formats.compound_writing import Storage, write_compound
from formats.faults import LimitError
from formats.ole2 import Compound

NAMES = st.text("abcXYZ09_é\x01", min_size=1, max_size=31)
STREAMS = st.dictionaries(NAMES.map(lambda n: f"s{n}"[:31]), st.binary(max_size=200), max_size=6)


def flat(storage: Storage, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], bytes]:
    """Every stream by its path."""
    found = {(*path, name): content for name, content in storage.streams.items()}
    for name, inside in storage.storages.items():
        found |= flat(inside, (*path, name))
    return found


def read_back(content: bytes) -> dict[tuple[str, ...], bytes]:
    """Every stream of a file by its path."""
    compound = Compound(content)
    return {e.path: compound.stream(e) for e in compound.entries if e.is_stream}


@settings(max_examples=60, deadline=None)
@given(STREAMS, st.dictionaries(NAMES.map(lambda n: f"t{n}"[:31]), STREAMS, max_size=4))
def test_streams_and_storages_come_back(streams, storages) -> None:
    """Names, nesting and bytes are the same."""
    inner = {name: Storage(streams=own) for name, own in storages.items()}
    storage = Storage(streams=streams, storages=inner)

    assert flat(storage) == read_back(write_compound(storage))


@pytest.mark.parametrize("size", [0, 1, 64, 4095, 4096, 70_000, 4_000_000])
def test_sizes_on_both_sides_of_the_cutoff_come_back(size: int) -> None:
    """Short streams, long ones, and files of large sectors."""
    storage = Storage(streams={"a": b"x" * size, "b": b"y" * (size // 2)}, class_id=b"c" * 16)

    written = write_compound(storage)

    assert flat(storage) == read_back(written)
    assert b"c" * 16 == Compound(written).root.class_id
    assert write_compound(storage) == written


def test_every_entry_is_found_by_the_order_of_the_directory() -> None:
    """A reader that searches the tree by length and letters finds every name ([MS-CFB] 2.6.4)."""
    names = [f"{n:x}" for n in range(300)]
    written = write_compound(Storage(streams=dict.fromkeys(names, b"")))
    start = (struct.unpack_from("<I", written, 48)[0] + 1) * 512

    def find(name: str) -> bool:
        number = struct.unpack_from("<I", written, start + 76)[0]
        while number != 0xFFFFFFFF:
            at = start + number * 128
            size = struct.unpack_from("<H", written, at + 64)[0] - 2
            found = written[at : at + size].decode("utf-16-le")
            if found == name:
                return True
            left, right = struct.unpack_from("<II", written, at + 68)
            smaller = (len(name), name.upper()) < (len(found), found.upper())
            number = left if smaller else right
        return False

    assert all(find(name) for name in names)


def test_what_the_header_cannot_reach_is_refused(monkeypatch) -> None:
    """A storage that needs more tables than the header names is a limit, not a broken file."""
    monkeypatch.setattr(compound_writing, "_IN_HEADER", 1)
    monkeypatch.setattr(compound_writing, "_MOST_SMALL", 1 << 30)

    with pytest.raises(LimitError):
        write_compound(Storage(streams={"a": bytes(1 << 20)}))
