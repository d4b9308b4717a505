"""Where an HL7 message stops that no line ends: in a value, by its type and by its neighbours.

The standard demands a carriage return behind each segment, the last one too (HL7 v2.5.1 2.5.4); so
many writers leave that one out that its absence proves nothing. What stands before it may.
"""

import re
from collections.abc import Iterator, Sequence

Lines = Sequence[list[bytes]]

# Times of day and dates (DT, TS, DTM), by the number of the field; a header has one number less.
_TIMES: dict[bytes, frozenset[int]] = {
    name.encode(): frozenset(map(int, fields.split(",")))
    for name, fields in re.findall(
        r"(\w{3}) ([\d,]+)",
        "MSH 6 EVN 2,3,6 PID 7,29,33 PV1 44,45 PV2 8,9,33 OBR 6,7,8,14,22,36 OBX 14 ORC 9,15 "
        "DG1 5,19 AL1 6 IN1 12,13,18 PR1 5 RXA 3,4,16 TXA 4,6,7,8 NK1 8,9,16 FT1 4,5 SPM 18 "
        "AIS 4 AIG 8 AIL 6 AIP 6 GT1 8,13,14 ACC 1 SCH 16 MFI 5,6 MFE 3 IAM 11,13 TQ1 7,8 ZBE 2",
    )
}
# YYYY[MM[DD[HH[MM[SS[.S]]]]]] and the distance from UTC (HL7 v2.5.1 2.A.22).
_TIME = re.compile(rb"\d{4}(?:\d\d){0,5}(?:\.\d{1,4})?(?:[+-]\d{4})?")
_DIGITS = re.compile(rb"[\d.+-]+")
# A universal identifier is followed by its kind (HL7 v2.5.1 2.A.33.3), and ends in no stop.
_OBJECT = re.compile(rb"[\^&]\d+(?:\.\d+){3,}\Z|(?:\d+\.){4,}\Z")
_INNER = b"^&~"
_LEAST_ALIKE, _LEAST_SEGMENTS = 2, 4
# One empty field or two stand at the end of some segments of some writers.
_EMPTY = 3
_BEFORE_WORD = re.compile(rb"[a-z,] \Z")
_LEAST_TOKEN, _LEAST_REST = 3, 2
_TOKENS = re.compile(rb"[|^~&\r\n]+")
_LETTERS = re.compile(rb"[A-Za-z]+(?:[ _-][A-Za-z]+)*")
# Several words, whose last one stops within letters or digits where another value goes on.
_PHRASE = re.compile(rb"\S+(?: \S+)+")
_IN_A_WORD = re.compile(rb"\w\w\Z")
# Half a date of this or the last century, and half the number of a table of the standard.
_HALF_A_DATE = re.compile(rb"(?:19|20)\d(?:\d\d){1,5}")
_HALF_A_TABLE = re.compile(rb"HL7(?:0\d{0,2})?")
_TABLE = re.compile(rb"HL70\d{3}")
# An arc of an object identifier stops within its number.
_ARCS = re.compile(rb"[0-2](?:\.\d+)+")


def why_value_cut(lines: Lines) -> str:
    """Return what says that the last value of a message goes on, empty when nothing does.

    Lines are segments, each parted into its fields; the first one is the header.
    """
    segment = lines[-1]
    if len(lines) < _LEAST_SEGMENTS or len(segment) < _LEAST_ALIKE:
        return ""
    return next((reason for reason, holds in _signs(lines, segment) if holds), "")


def _signs(lines: Lines, segment: list[bytes]) -> Iterator[tuple[str, bool]]:
    last = segment[-1]
    escape = lines[0][1][2:3] or b"\\"
    others = [line for line in lines[1:-1] if len(line) > 1]
    yield "an escape is not closed", last.count(escape) % 2 == 1
    yield "a time is cut", _is_half_a_time(segment)
    yield "a bracket is not closed", last.count(b"(") > last.count(b")")
    yield "an identifier does not say what kind it is", _OBJECT.search(last) is not None
    yield (
        "no other segment ends in empty fields",
        segment[-_EMPTY:] == [b""] * _EMPTY and all(line[-1] for line in others),
    )
    yield (
        "no other field ends in a separator",
        last[-1:] != b"" and last[-1:] in _INNER and not _ends_inside(others),
    )
    yield (
        "no other value ends in a blank",
        _BEFORE_WORD.search(last) is not None and not _ends_in_blanks(lines),
    )
    yield "a value has fewer parts than all others of its kind", _has_fewer_parts(lines, segment)
    yield "the last word is the beginning of another one", _is_begun(lines, last)


def _is_half_a_time(segment: list[bytes]) -> bool:
    value = segment[-1].split(b"^")[0]
    if len(segment) - 1 not in _TIMES.get(segment[0], ()) or b"~" in segment[-1]:
        return False
    return _DIGITS.fullmatch(value) is not None and _TIME.fullmatch(value) is None


def _ends_inside(lines: Lines) -> bool:
    return any(field[-1:] != b"" and field[-1:] in _INNER for line in lines for field in line[1:])


def _ends_in_blanks(lines: Lines) -> bool:
    return any(field[-1:] == b" " for line in lines[:-1] for field in line[1:])


def _has_fewer_parts(lines: Lines, segment: list[bytes]) -> bool:
    """Compare the parts of the last value with those of the same field in all its neighbours."""
    place = len(segment) - 1
    alike = [line[place] for line in lines[:-1] if line[0] == segment[0] and len(line) > place]
    parts = {value.count(b"^") for value in alike if value}
    if sum(map(bool, alike)) < _LEAST_ALIKE or len(parts) != 1 or not segment[-1]:
        return False
    return segment[-1].count(b"^") < parts.pop()


def _is_begun(lines: Lines, last: bytes) -> bool:
    """Tell whether the last word stands nowhere else, and others begin with it and go on."""
    *before, word = _TOKENS.split(last)
    if len(word) < _LEAST_TOKEN:
        return False
    tokens = {token for line in lines[:-1] for field in line[1:] for token in _TOKENS.split(field)}
    tokens |= {token for field in lines[-1][1:-1] for token in _TOKENS.split(field)}
    tokens |= set(before)
    going_on = [token for token in tokens if token.startswith(word)]
    return word not in tokens and _goes_on(word, going_on)


def _goes_on(word: bytes, longer: Sequence[bytes]) -> bool:
    """Judge a word by those that begin with it: its own letters have to be an unlikely end."""
    if _LETTERS.fullmatch(word) and any(len(t) >= len(word) + _LEAST_REST for t in longer):
        return True
    if _HALF_A_TABLE.fullmatch(word):
        return any(map(_TABLE.fullmatch, longer))
    if _HALF_A_DATE.fullmatch(word):
        return bool(longer)
    if not (_PHRASE.fullmatch(word) or _ARCS.fullmatch(word)):
        return False
    return any(_IN_A_WORD.search(token[: len(word) + 1]) for token in longer)
