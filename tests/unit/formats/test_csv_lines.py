from hypothesis import given
from hypothesis import strategies as st

from formats import csv_lines
from formats.csv_lines import BYTE_ORDER_MARK, read_blocks, read_heading


def test_the_heading_is_the_first_line():
    """The heading comes without mark and line end, and its size covers both."""
    found = read_heading(memoryview(BYTE_ORDER_MARK + b"a;b\r\n1;2\r\n"))

    assert (b"a;b\r", 8, True) == (found.content, found.size, found.terminated)


def test_a_heading_alone_may_lack_its_line_end():
    """A file of one line without an end is a heading."""
    found = read_heading(memoryview(b"a;b"))

    assert (b"a;b", 3, False) == (found.content, found.size, found.terminated)


def test_the_last_line_without_an_end_is_told():
    """Whole lines come first, and what has no line end comes apart."""
    blocks = list(read_blocks(memoryview(b"1\n2\n3"), 0))

    assert [(b"1\n2", True), (b"3", False)] == [(b.content, b.terminated) for b in blocks]


def test_blocks_end_at_line_ends(monkeypatch):
    """Whatever the size of a block, no line is cut by it."""
    monkeypatch.setattr(csv_lines, "BLOCK", 10)
    content = b"".join(b"%d;x\n" % n for n in range(1000))
    blocks = list(read_blocks(memoryview(content), 0))

    assert content == b"".join(block.content + b"\n" for block in blocks)


@given(st.binary(max_size=400), st.integers(1, 50))
def test_blocks_cover_the_content_exactly(content, size):
    """Blocks follow each other without a gap up to the last byte, for any bytes."""
    before, csv_lines.BLOCK = csv_lines.BLOCK, size
    try:
        at = 0
        for block in read_blocks(memoryview(content), 0):
            assert at == block.offset
            assert content[at : at + len(block.content)] == block.content
            at += block.size
        assert len(content) == at
    finally:
        csv_lines.BLOCK = before
