"""Damage in messages: HL7 v2 and HPRIM that stop in a segment, mails whose parts do not end."""

import re
from collections.abc import Iterator

from formats.csv_lines import BYTE_ORDER_MARK
from sanitizers.damage.fault import Fault, cut
from sanitizers.damage.message_structures import last_message, what_is_missing
from sanitizers.damage.message_values import why_value_cut
from sanitizers.damage.texts import check_text
from sanitizers.interface import Opened

_LOOK = 1 << 16
_HPRIM = "application/hprim"
_FRAMES = b"\x0b\x1c\r\n"
_ENDS = (b"\r", b"\n", b"\x1c", b"\x00")
_SEGMENT = re.compile(rb"[A-Z][A-Z0-9]{2}[^\w\s]")
_LEAST_SEGMENTS = 2
# The last field that the standard demands of a segment, in whatever message it stands (HL7 v2.5.1
# chapters 2 to 12): one that stops before it was cut. The name of a header is a field of its own.
_DEMANDED: dict[bytes, int] = {
    name.encode(): int(fields)
    for name, fields in re.findall(
        r"(\w{3}) (\d+)",
        "MSH 11 EVN 2 PID 5 PV1 2 NK1 1 AL1 3 MRG 1 OBR 4 OBX 11 ORC 1 DG1 6 IN1 4 GT1 3 FT1 6 "
        "PR1 3 SCH 6 AIS 3 AIG 3 TXA 3 RXA 5 RXR 1 SPM 4 MSA 2 PRB 3 GOL 3 ROL 3 MFI 3 MFE 3 STF 1 "
        "QPD 1",
    )
}
_HEADERS_END = re.compile(rb"\r?\n\r?\n|\r\r")
_MULTIPART = re.compile(
    rb"^content-type:\s*multipart/(?:[^\r\n]|\r?\n[ \t])*?boundary\s*=\s*"
    rb"(?:\"([^\"\r\n]+)\"|([^\s;\"]+))",
    re.IGNORECASE | re.MULTILINE,
)


def check_message(opened: Opened) -> Iterator[Fault]:
    """Yield zeros behind a message, a batch without its end, and a segment that stops too early.

    How a message ends is somebody's habit, and its segments have as many fields as there is to say
    (HL7 v2.5 2.10.3). Of one that no line ends, what every message of its kind has is asked for.
    """
    yield from check_text(opened)
    content = opened.content.removeprefix(BYTE_ORDER_MARK).rstrip(b"\x00").strip(_FRAMES)
    segments = re.split(rb"[\r\n]+", content[-_LOOK:])
    separator = content[3:4]
    for first, last in ((b"FHS", b"FTS"), (b"BHS", b"BTS")):
        if content.startswith(first) and not any(s.startswith(last) for s in segments):
            yield cut(opened.content, f"no {last.decode()} ends the batch", opened.size)
            return
    if opened.media_type == _HPRIM and not _has_trailer(segments):
        yield cut(opened.content, "no L ends the message", opened.size)
        return
    if opened.content.endswith(_ENDS):
        return
    if len(segments) > _LEAST_SEGMENTS and not _SEGMENT.match(segments[-1] + separator):
        yield cut(opened.content, "the name of the last segment is cut", opened.size)
    elif not content.startswith(b"MSH"):
        return
    elif _stops_early(segments[-1], separator):
        yield cut(
            opened.content, "the last segment stops before a field it has to have", opened.size
        )
    elif missing := what_is_missing(content):
        yield cut(opened.content, f"the last message lacks {missing}", opened.size)
    elif reason := why_value_cut(last_message(content)):
        yield cut(opened.content, reason, opened.size)


def _has_trailer(segments: list[bytes]) -> bool:
    """Tell whether the last line but addenda is the end of a message (HPRIM Santé 2, segment L)."""
    last = next((line for line in reversed(segments) if line[:1] not in (b"A", b"")), b"")
    return last[:1] == b"L"


def _stops_early(segment: bytes, separator: bytes) -> bool:
    name, *fields = segment.split(separator)
    return len(fields) < _DEMANDED.get(name, 0)


def check_mail(opened: Opened) -> Iterator[Fault]:
    """Yield zeros behind a mail, and parts that go on beyond its last byte (RFC 2046 5.1.1)."""
    yield from check_text(opened)
    content = opened.content
    headers = _HEADERS_END.search(content)
    found = _MULTIPART.search(content, 0, headers.start() if headers else len(content))
    if found is None:
        return
    boundary = b"--" + (found.group(1) or found.group(2))
    if boundary in content and boundary + b"--" not in content:
        yield cut(content, "no boundary ends the parts", opened.size)
