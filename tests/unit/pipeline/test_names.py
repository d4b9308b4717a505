"""The names book: exact bytes come back to who has the key, and to nobody else."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.errors import ObjectDamagedError, ObjectMissingError, RefusedError
from pipeline.keys import KeyRing
from pipeline.names import Name, NamesBook, fresh_salts
from storage.interface import Spooled
from storage.memory import MemoryStore
from tests.corpus.spooled import read, spooled

SALT = bytes(16)
PATHS = [b"ward/Jos\xe9.txt", b"line\nbreak", b"\x1b[31m", b"a" * 4000, "cafe\u0301".encode(), b" "]


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    """The keys of a home."""
    return KeyRing(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def book(ring):
    """A names book over an empty store."""
    return NamesBook(MemoryStore(), ring)


def named(*paths):
    """Names by ordinal."""
    return {
        n: Name(path=path, salt=salt)
        for n, (path, salt) in enumerate(zip(paths, fresh_salts(len(paths)), strict=True))
    }


def test_names_come_back_byte_for_byte(book, ring):
    """Whatever bytes a hostile disk has for names, they are the same again."""
    names = named(*PATHS)

    sealed = book.write_names("run/1-0.paths", ring.naming("case", "host"), names)

    assert names == book.read_names(sealed)


@given(names=st.dictionaries(st.integers(0, 5000), st.binary(min_size=1, max_size=300), max_size=9))
@settings(max_examples=60)
def test_any_bytes_and_any_gaps_come_back(ring, names):
    """Ordinals may have gaps, as they have after an erasure."""
    book = NamesBook(MemoryStore(), ring)
    wanted = {n: Name(path=path, salt=SALT) for n, path in names.items()}

    assert wanted == book.read_names(book.write_names("k", ring.naming("case", "host"), wanted))


@given(details=st.lists(st.text(max_size=80), max_size=9))
@settings(max_examples=60)
def test_details_come_back_in_their_order(ring, details):
    """Line breaks and surrogates inside a detail do not shift the ones after it."""
    book = NamesBook(MemoryStore(), ring)

    assert details == book.read_details(
        book.write_details("k", ring.naming("case", "host"), details)
    )


def test_nothing_is_readable_without_the_key(book, ring):
    """What lies in the store holds no part of a name, and its size says little."""
    sealed = book.write_names("k", ring.naming("case", "host"), named(b"Dupont-Jeanne.txt" * 20))

    content = read(book.store, sealed.key)

    assert b"Dupont" not in content
    assert len(content) < 200


def test_two_shards_objects_cannot_be_swapped(book, ring):
    """An object opens under its own key in the store only."""
    keys = ring.naming("case", "host")
    first = book.write_names("first", keys, named(b"a"))
    second = book.write_names("second", keys, named(b"b"))
    book.store.put("first", spooled(read(book.store, second.key)))
    (_, swapped) = book.store.versions("first")

    with pytest.raises(ObjectDamagedError):
        book.read_names(replace(first, version=swapped.version))


def test_a_changed_byte_is_found(book, ring):
    """No part of a names object can be changed unseen."""
    sealed = book.write_names("k", ring.naming("case", "host"), named(b"a"))
    content = read(book.store, "k")
    for at in range(0, len(content), 7):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        version = book.store.put("k", spooled(changed)).version
        with pytest.raises((ObjectDamagedError, RefusedError)):
            book.read_names(replace(sealed, version=version))


def test_an_object_of_a_forgotten_key_is_missing(tmp_path):
    """When the key is gone its names are gone, and that is said as such."""
    ring = KeyRing(tmp_path)
    book = NamesBook(MemoryStore(), ring)
    keys = ring.naming("case", "host")
    sealed = book.write_names("k", keys, named(b"a"))

    ring.forget(keys.key_id)

    with pytest.raises(ObjectMissingError):
        book.read_names(sealed)


def test_removal_takes_every_version_of_one_object_alone(book, ring):
    """An object whose key begins like the removed one's stays."""
    keys = ring.naming("case", "host")
    one = book.write_names("run/1", keys, named(b"a"))
    book.write_names("run/1", keys, named(b"b"))
    ten = book.write_names("run/10", keys, named(b"c"))

    book.remove(one.key)

    assert ["run/10"] == [version.key for version in book.store.versions("run/")]
    assert [b"c"] == [name.path for name in book.read_names(ten).values()]


def test_an_empty_book_is_no_error(book, ring):
    """A shard all of whose names were erased has no names left."""
    assert {} == book.read_names(book.write_names("k", ring.naming("case", "host"), {}))


def test_what_is_stored_is_named_by_its_digest(book, ring):
    """The event that names an object can prove it."""
    sealed = book.write_names("k", ring.naming("case", "host"), named(b"a"))
    content = read(book.store, "k")

    assert Spooled(digest=sealed.digest, size=len(content), content=content) == spooled(content)


def test_salts_are_fresh():
    """No two commitments share a salt."""
    salts = fresh_salts(1000)

    assert {16} == {len(salt) for salt in salts}
    assert 1000 == len(set(salts))
