"""Where the parts of a mail lie: header and body of each, to the byte."""

import pytest

from formats.faults import LimitError, MalformedError
from formats.mime import MOST_DEPTH, nodes

TWO = b"""From: a@example.invalid
Content-Type: multipart/mixed; boundary="b+1"

around
--b+1
Content-Type: text/plain

first
line

--b+1\t
Content-Type: message/rfc822

Subject: inner

inside
--b+1--
behind
"""


def told(content):
    """Type, header and body of each part."""
    return [
        (
            node.said.get_content_type(),
            content[node.leaf.header.start : node.leaf.header.end],
            content[node.leaf.body.start : node.leaf.body.end],
        )
        for node in nodes(content)
    ]


@pytest.mark.parametrize("break_", [b"\n", b"\r\n"])
def test_parts_are_cut_at_their_delimiters(break_):
    """The line break before a delimiter belongs to it, and blanks behind it too."""
    content = TWO.replace(b"\n", break_)
    _, first, forwarded, inner = told(content)

    end = break_
    assert ("text/plain", b"Content-Type: text/plain" + end) == first[:2]
    assert b"first" + end + b"line" + end == first[2]
    assert ("message/rfc822", b"Subject: inner" + end * 2 + b"inside") == forwarded[::2]
    assert ("text/plain", b"Subject: inner" + end, b"inside") == inner


def test_a_mail_without_an_empty_line_is_all_header():
    """It has no body."""
    assert [("text/plain", b"Subject: x\n", b"")] == told(b"Subject: x\n")


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nno end\n",
        b"Content-Type: multipart/mixed\n\n--b\n\n--b--\n",
        b"Subject: x\nno field\n\nbody\n",
    ],
)
def test_a_mail_whose_parts_do_not_end_is_not_cut(content):
    """Programs would cut it in ways of their own."""
    with pytest.raises(MalformedError):
        list(nodes(content))


def test_parts_that_lie_too_deep_are_not_followed():
    """A mail in a mail in a mail."""
    with pytest.raises(LimitError):
        list(nodes(b"Content-Type: message/rfc822\n\n" * (MOST_DEPTH + 2)))
