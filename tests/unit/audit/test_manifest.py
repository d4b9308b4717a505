import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import manifest
from audit.evidence import leaf_hash, root_of
from custody.errors import LedgerError

LINES = [manifest.encode_line({"n": n, "digest": None}) for n in range(5)]


def test_the_root_is_over_the_lines_without_their_ends():
    """A manifest's name is the RFC 6962 root over its uncompressed lines."""
    expected = root_of([leaf_hash(b'{"digest":null,"n":%d}' % n) for n in range(5)]).hex()

    assert expected == manifest.build(LINES).root


def test_the_same_lines_give_the_same_bytes():
    """Writing a manifest again gives the same object, without a time or a name in it."""
    first, second = manifest.build(LINES), manifest.build(iter(LINES))

    assert first == second
    assert b"\x00\x00\x00\x00" == first.content[4:8]
    assert b'{"digest":null,"n":0}\n' == gzip.decompress(first.content)[:22]


def test_where_a_manifest_lies():
    """Manifests are spread over 256 folders by the first byte of their root."""
    made = manifest.build(LINES)

    assert f"manifests/{made.root[:2]}/{made.root}.jsonl.gz" == made.key


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line), min_size=1))
@settings(max_examples=60)
def test_lines_come_back(lines):
    """What is read back is what was written, also empty lines."""
    made = manifest.build(lines)

    assert lines == manifest.read(made.content, made.root)
    assert len(lines) == made.lines


def test_lines_are_decoded():
    """The fields of lines come back as objects."""
    assert [{"digest": None, "n": n} for n in range(5)] == manifest.decode(LINES)


@pytest.mark.parametrize("lines", [[], [b"two\nlines"]])
def test_no_lines_and_broken_lines_are_refused(lines):
    """A manifest that says nothing, or could be read in two ways, is not written."""
    with pytest.raises(LedgerError):
        manifest.build(lines)


def test_a_line_is_canonical():
    """A line with a float is refused like any other event."""
    with pytest.raises(LedgerError):
        manifest.encode_line({"entropy": 7.9})


def test_every_truncation_is_found():
    """No beginning of a stored manifest reads as the manifest."""
    made = manifest.build(LINES)
    for length in range(len(made.content)):
        with pytest.raises(LedgerError):
            manifest.read(made.content[:length], made.root)


def test_no_flipped_bit_changes_what_is_read():
    """A flipped bit is found, unless it is in a part of gzip's header that carries no content."""
    made = manifest.build(LINES)
    for bit in range(8 * len(made.content)):
        changed = bytearray(made.content)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            lines = manifest.read(bytes(changed), made.root)
        except LedgerError:
            continue
        assert LINES == lines


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"other\n", mtime=0),
        gzip.compress(b"".join(line + b"\n" for line in LINES)) + gzip.compress(b"hidden\n"),
        gzip.compress(b"\n".join(LINES)),
        b"no gzip",
    ],
    ids=["another", "appended", "no end", "no gzip"],
)
def test_another_content_is_refused(content):
    """Other lines, a second stream behind the first and a last line without its end are found."""
    with pytest.raises(LedgerError):
        manifest.read(content, manifest.build(LINES).root)


def test_one_line_is_proven_without_the_others():
    """A line's proof verifies at its place, and nowhere else."""
    made = manifest.build(LINES)
    for index, line in enumerate(LINES):
        proof = manifest.prove(LINES, index)
        assert manifest.verify_line(line, index, 5, proof, made.root)
        assert not manifest.verify_line(line, (index + 1) % 5, 5, proof, made.root)
        assert not manifest.verify_line(b"other", index, 5, proof, made.root)
