"""The parts of mails: bodies and attachments of a message, and of every message of an mbox.

A message within a message is walked with it. What a mail program would decode in a way of its own
(uuencoded text, partial or external bodies) is refused by name.
"""

import bisect
import codecs
import email
import email.errors
import email.header
import email.parser
import re
from collections.abc import Container, Iterator
from email.message import Message

from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

# Python loads a charset's table when it is first asked for: too late within the box.
_CHARSETS = (
    *("us-ascii", "utf-8", "utf-16", "utf-7", "iso-8859-1", "iso-8859-2", "iso-8859-15"),
    *("windows-1250", "windows-1251", "windows-1252", "koi8-r", "macintosh", "cp437", "cp850"),
    *("gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr"),
)
_LOADED = tuple(codecs.lookup(name) for name in _CHARSETS)
_FROM_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n))From [^\r\n]+\r?\n")
# As mail programs write it (RFC 4155 appendix A): a sender, and the time in the form of ctime.
_DATED_LINE = re.compile(
    rb"(?m)^From [^\r\n]{1,320} (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d "
    rb"\d\d:\d\d(?::\d\d)?[^\r\n]{1,40}\r?$"
)
_QUOTED = re.compile(rb"(?m)^>(>{0,100}From )")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"(?mi)^content-length:[ \t]*(\d{1,12})[ \t]*\r?$")
_INLINE = re.compile(rb"(?m)^(?:begin(?:-base64)? [0-7]{3,4} \S|=ybegin )")
_ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "base64", "quoted-printable"})
_ELSEWHERE = frozenset({"message/partial", "message/external-body"})
# What a reader may see differently; spelling faults of headers are every second mail's.
_SERIOUS = (
    email.errors.StartBoundaryNotFoundDefect,
    email.errors.CloseBoundaryNotFoundDefect,
    email.errors.NoBoundaryInMultipartDefect,
    email.errors.MultipartInvariantViolationDefect,
    email.errors.InvalidMultipartContentTransferEncodingDefect,
    email.errors.InvalidBase64PaddingDefect,
    email.errors.InvalidBase64CharactersDefect,
    email.errors.InvalidBase64LengthDefect,
)


def unpack_message(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield the parts of one message (RFC 5322, RFC 2045 to 2049)."""
    del limits
    yield from _parts(email.message_from_bytes(content))


def unpack_mbox(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield the parts of every message of an mbox, in whatever way it may be cut into messages.

    A message begins with a From line behind an empty one (RFC 4155), or where the length of the
    one before ends (mboxcl); some programs need no empty line. What only another way of cutting
    shows comes out too, without the remarks that half a message gives reason to.
    """
    del limits
    starts = [found.start() for found in _FROM_LINE.finditer(content)]
    if not starts:
        yield Unpacked(refusal="no-message")
        return
    dated = [found.start() for found in _DATED_LINE.finditer(content)]
    told = dict.fromkeys(_by_length(content, starts, {*starts, *dated, len(content)}))
    for span in told:
        yield from _parts(_message(content, span))
    others = dict.fromkeys([*_spans(content, starts), *_spans(content, dated)])
    for span in (span for span in others if span not in told):
        yield from (part for part in _parts(_message(content, span)) if not part.refusal)


def _spans(content: bytes, starts: list[int]) -> Iterator[tuple[int, int]]:
    yield from zip(starts, [*starts[1:], len(content)], strict=False)


def _by_length(
    content: bytes, starts: list[int], ends: Container[int]
) -> Iterator[tuple[int, int]]:
    """Yield messages that end where they say, if another begins there, or at the next From line."""
    at = starts[0]
    while at < len(content):
        place = bisect.bisect_right(starts, at)
        end = starts[place] if place < len(starts) else len(content)
        told = _told_end(content, at, end)
        end = told if told in ends else end
        yield at, end
        at = end


def _told_end(content: bytes, start: int, end: int) -> int:
    """Return where the length of a message says that the next one begins; -1 if it says none."""
    header = _HEADER_END.search(content, start, end)
    length = _LENGTH.search(content, start, header.start()) if header else None
    if header is None or length is None:
        return -1
    at = header.end() + int(length.group(1))
    while content[at : at + 1] in (b"\r", b"\n"):
        at += 1
    return at


def _message(content: bytes, span: tuple[int, int]) -> Message:
    """Read one message behind its From line; lines that were quoted on its account are as before.

    mboxo and mboxrd put ">" before "From " at the beginning of a line, the latter once more for
    each that stands there already.
    """
    body = content[span[0] : span[1]].partition(b"\n")[2]
    if b"\n>" in body:
        body = _QUOTED.sub(rb"\1", body)
    return email.message_from_bytes(body)


def _parts(message: Message) -> Iterator[Unpacked]:
    return (unpacked for _, unpacked in parts_of(message))


def parts_of(message: Message) -> Iterator[tuple[Message | None, Unpacked]]:
    """Yield the parts of a message in their order, with what each was read from.

    What stands around parts, or is wrong with one, was read from none.
    """
    for part in message.walk():
        if part.is_multipart():
            yield from ((None, around) for around in _around(part))
        else:
            yield part, _leaf(part)
        yield from ((None, defect) for defect in _defects(part))


def _around(part: Message) -> Iterator[Unpacked]:
    """Yield what stands before the first and behind the last part: programs skip it, we look."""
    for text in (part.preamble, part.epilogue):
        if text and text.strip():
            yield Unpacked(content=text.encode("utf-8", "surrogateescape"))


def _leaf(part: Message) -> Unpacked:
    name, refusal = _name(part)
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if part.get_content_type() in _ELSEWHERE:
        return Unpacked(untrusted_name=name, refusal="content-elsewhere")
    if encoding not in _ENCODINGS:
        return Unpacked(untrusted_name=name, refusal="encoding-of-its-own")
    content = part.get_payload(decode=True)
    plain = content if isinstance(content, bytes) else b""
    if part.get_content_maintype() == "text" and _INLINE.search(plain):
        refusal = "attachment-within-text"
    return Unpacked(untrusted_name=name, content=plain, refusal=refusal)


def _defects(part: Message) -> Iterator[Unpacked]:
    for kind in dict.fromkeys(type(defect) for defect in part.defects):
        if issubclass(kind, _SERIOUS):
            yield Unpacked(refusal=f"malformed: {kind.__name__}")


def _name(part: Message) -> tuple[bytes, str]:
    """Return the file name that a mail program shows, or why it cannot be told (RFC 2047, 2231)."""
    try:
        told = part.get_filename() or ""
        name = str(email.header.make_header(email.header.decode_header(told)))
    except (LookupError, ValueError, email.errors.MessageError):
        return b"", "name-of-unknown-charset"
    return name.encode("utf-8", "surrogateescape"), ""
