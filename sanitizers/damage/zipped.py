"""Damage in ZIP archives and the documents that are such: directory, headers, every member's CRC.

An archive without its directory is walked from its first member instead: where that walk stops
tells a cut (at the last byte) from zeros and from an overwritten end (APPNOTE 4.3).
"""

import struct
from collections.abc import Iterator

from formats.families import ZIP
from formats.faults import LimitError, MalformedError, ProtectedError, TruncatedError
from formats.randomness import CELL, SECTOR, first_random_sector, first_random_window, is_noise
from formats.remains import words_and_noise
from formats.text import read_text
from formats.zip import DEFLATED, STORED, Directory, Member, member_bytes, read_directory
from sanitizers.damage.fault import (
    Fault,
    Nature,
    after_end,
    broken,
    broken_at,
    changed,
    cut,
    doubt,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.packed import Deflation, End, deflation
from sanitizers.inflating import checksum, inflate_raw
from sanitizers.interface import Opened
from sanitizers.zip_methods import OTHER_METHODS

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL_MARK = b"PK\x03\x04"
_LONGEST_BEFORE_FILLING = 4096
_ENCRYPTED, _DESCRIBED = 1, 8
_NEWEST, _LAST_METHOD = 100, 99
_MOST_STEPS = 100_000
_AN_END = "the end of the directory is cut"
_ENDS = (b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07")


def check_zip(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with an archive.

    Raises:
        ProtectedError: a member needs a password.
        LimitError: the members hold more than allowed.
    """
    content = opened.content
    try:
        directory = read_directory(content, most_members=opened.limits.most_members)
    except TruncatedError as error:
        has_end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557)) >= 0
        yield _lost_members(content, error) if has_end else without_directory(opened)
        return
    except MalformedError as error:
        astray = error.offset >= len(content) or _end_is_noise(content)
        yield _lost_members(content, error) if astray else broken(content, error)
        return
    trailer = list(after_end(content, directory.end))
    yield from (fault for fault in trailer if fault.nature is Nature.NOISE)
    for code in directory.anomalies:
        yield doubt(f"zip-{code}")
    if "prefix-data" in directory.anomalies and content.startswith(_LOCAL_MARK):
        yield from _lost_directory(opened)
    yield from _members(opened, directory)


def _lost_members(content: bytes, error: TruncatedError | MalformedError) -> Fault:
    """Judge entries that lead out of an archive whose end is there: it was not cut behind them."""
    zeros = _unwritten(content)
    if zeros >= 0:
        return zeroed(zeros, error.reason)
    if error.offset > len(content) or _end_is_noise(content):
        return noise("overwritten-structure", -1, error.reason)
    return broken(content, error)


def _unwritten(content: bytes, start: int = 0, stop: int | None = None) -> int:
    """Return where the first long run of zeros stands that no header has as its filling.

    Excel leaves room in the extra field of its first members (4.6.10), so that they may grow.
    """
    at = zero_run(content, start, stop)
    while at >= 0:
        header = content.rfind(_LOCAL_MARK, max(0, at - _LONGEST_BEFORE_FILLING), at)
        if header < 0 or header + _LOCAL.size > len(content):
            return at
        _, *_, name, extra = _LOCAL.unpack_from(content, header)
        end = header + _LOCAL.size + name + extra
        rest = content[at:end]
        if not rest or len(rest) - len(rest.lstrip(b"\x00")) < _zeros_from(content, at):
            return at
        at = zero_run(content, end, stop)
    return -1


def _zeros_from(content: bytes, at: int) -> int:
    rest = content[at:]
    return len(rest) - len(rest.lstrip(b"\x00"))


def _end_is_noise(content: bytes) -> bool:
    """Tell whether noise stands where the last entries of the directory have to."""
    last = (len(content) - 1) // SECTOR * SECTOR
    return any(is_noise(content[at : at + SECTOR]) for at in (last - SECTOR, last) if at > 0)


def _members(opened: Opened, directory: Directory) -> Iterator[Fault]:
    left = opened.limits.most_expanded_bytes
    for number, member in enumerate(directory.members):
        if member.encrypted and opened.media_type == ZIP.media_type:
            # Taken apart, where the operator's passwords are tried: that says the rest.
            zeros = zero_run(opened.content, member.data_offset, _end_of(member))
            if zeros >= 0:
                yield zeroed(zeros, f"member {number}")
                return
            continue
        if member.encrypted:
            yield doubt("password-protected")
            raise ProtectedError("a member needs a password")
        if member.method not in (STORED, DEFLATED, *OTHER_METHODS):
            yield doubt("zip-unknown-method", f"member {number}")
            return
        fault, given = _member(opened.content, member, number, left)
        if fault is not None:
            yield fault
            return
        left -= given
        if left < 0:
            raise LimitError(f"members of more than {opened.limits.most_expanded_bytes} bytes")


def _end_of(member: Member) -> int:
    return member.data_offset + member.packed_size


def _member(content: bytes, member: Member, number: int, left: int) -> tuple[Fault | None, int]:
    packed = content[member.data_offset : _end_of(member)]
    if member.method == STORED:
        whole = checksum(packed) == member.crc
        return None if whole else _stored_fault(content, member, number), len(packed)
    if member.method in OTHER_METHODS:
        return _other_member(content, member, number, left)
    found = deflation(packed, most=min(left, member.claimed_size) + 1)
    if found.end is End.TOO_LONG and member.claimed_size <= left:
        longer = deflation(packed, most=left)
        if longer.crc == member.crc:
            return doubt("zip-size-mismatch", f"member {number}"), longer.given
        # What was overwritten may decode to more than there was, and fall into step again.
        found = longer
    if found.end is End.TOO_LONG and member.claimed_size > left:
        raise LimitError(f"a member of more than {left} bytes")
    whole = found.end is End.WHOLE and found.given == member.claimed_size
    if whole and found.crc == member.crc:
        return None, found.given
    return _packed_fault(content, member, number, found), found.given


def _other_member(
    content: bytes, member: Member, number: int, left: int
) -> tuple[Fault | None, int]:
    """Unpack a member of a newer method; one wrong bit breaks it as a thousand do.

    Raises:
        LimitError: it holds more than allowed.
        UnsupportedError: it asks for too much memory.
    """
    where, start = f"member {number}", member.data_offset
    try:
        plain = member_bytes(content, member, inflate_raw, most=left, others=OTHER_METHODS)
        reason = "" if checksum(plain) == member.crc else "another checksum"
    except (MalformedError, TruncatedError) as error:
        plain, reason = b"", error.reason
    if not reason:
        return None, len(plain)
    zeros = zero_run(content, start, _end_of(member))
    if zeros >= 0:
        return zeroed(zeros, where), len(plain)
    return noise("zip-member-overwritten", start, f"{where}: {reason}"), len(plain)


def _stored_fault(content: bytes, member: Member, number: int) -> Fault:
    start, end = member.data_offset, _end_of(member)
    where = f"member {number}"
    zeros = _unwritten(content, start, end)
    if zeros >= 0:
        return zeroed(zeros, where)
    at = first_random_window(content, start, end)
    at = at if at >= 0 else first_random_sector(content, start, end)
    if at >= 0 or words_and_noise(content[start:end]):
        return noise("zip-member-overwritten", at if at >= 0 else start, where)
    return changed("zip-member-crc", start, where)


def _packed_fault(content: bytes, member: Member, number: int, found: Deflation) -> Fault:
    start, end = member.data_offset, _end_of(member)
    where = f"member {number}"
    zeros = _unwritten(content, start, end)
    if zeros >= 0:
        return zeroed(zeros, where)
    in_step = found.end is End.WHOLE and found.taken == member.packed_size
    if in_step or found.end is End.RUNS_OUT:
        return changed("zip-member-crc", start, where)
    return noise("zip-member-overwritten", start, where)


def _lost_directory(opened: Opened) -> Iterator[Fault]:
    """Judge members before the first one of a directory: it is that of an archive within another.

    The outer one has lost its own, unless its end is met too: then two archives stand together.
    """
    fault = without_directory(opened)
    if fault.detail != _AN_END and fault.nature is not Nature.CHANGED:
        yield fault


def without_directory(opened: Opened) -> Fault:
    """Return the fault of an archive that has no end of directory, by a walk from its start."""
    content = opened.content
    at = 0
    for _ in range(_MOST_STEPS):
        mark = content[at : at + 4]
        if mark == _LOCAL_MARK:
            step = _after_member(content, at, opened.limits.most_expanded_bytes)
        elif mark == b"PK\x01\x02":
            step = _after_entry(content, at)
        elif mark in _ENDS:
            end = _directory_fault(content, at)
            return end if end.nature is Nature.NOISE else cut(content, _AN_END, at)
        elif len(mark) < 4:
            return _directory_fault(content, at)
        else:
            return broken_at(content, at, "no end of directory, and no header here")
        if isinstance(step, Fault):
            return step
        at = step
    return cut(content, "no end of directory", len(content))


def _after_member(content: bytes, at: int, most: int) -> int | Fault:
    if at + _LOCAL.size > len(content):
        return cut(content, "a header is cut", at)
    fields = _LOCAL.unpack_from(content, at)
    if not _is_plausible(fields):
        return broken_at(content, at + 4, "a header that cannot be")
    data = at + _LOCAL.size + int(fields[9]) + int(fields[10])
    size = int(fields[7])
    if fields[2] & _ENCRYPTED and data + size > len(content):
        return cut(content, "a member is cut", len(content))
    if size or not fields[2] & _DESCRIBED:
        end = data + size
        return end if end <= len(content) else _last_member(content, data, fields[3], most)
    found = deflation(content[data:], most=most)
    if found.end is End.WHOLE:
        return _after_descriptor(content, data + found.taken)
    return _last_member(content, data, fields[3], most)


def _is_plausible(fields: tuple[int, ...]) -> bool:
    version, method, name, extra = fields[1] & 0xFF, fields[3], fields[9], fields[10]
    return version <= _NEWEST and method <= _LAST_METHOD and 0 < name < 4096 and extra < 8192


def _last_member(content: bytes, data: int, method: int, most: int) -> Fault:
    """Judge a member that goes on to the last byte: was it cut, or overwritten on the way?"""
    if method == DEFLATED:
        found = deflation(content[data:], most=most)
        zeros = zero_run(content, data)
        if (found.end in (End.BREAKS, End.WHOLE) or found.garbled) and zeros < 0:
            return noise("zip-member-overwritten", data, "a member breaks off, and no end follows")
        if zeros >= 0:
            return zeroed(zeros, "a member breaks off")
    elif is_noise(content[-SECTOR:]) and read_text(content[data : data + CELL]) is not None:
        return noise("zip-member-overwritten", len(content) - SECTOR, "no end follows a member")
    return cut(content, "a member is cut", len(content))


def _after_descriptor(content: bytes, at: int) -> int:
    """Skip a data descriptor (4.3.9), with or without its mark, in 32 or 64 bits."""
    for skip in (16, 12, 24, 20):
        if content[at + skip : at + skip + 2] == b"PK":
            return at + skip
    return at + 16


def _after_entry(content: bytes, at: int) -> int | Fault:
    if at + _CENTRAL.size > len(content):
        return _directory_fault(content, at)
    fields = _CENTRAL.unpack_from(content, at)
    end = at + _CENTRAL.size + int(fields[10]) + int(fields[11]) + int(fields[12])
    return end if end <= len(content) else _directory_fault(content, at)


def _directory_fault(content: bytes, at: int) -> Fault:
    """Judge a directory that goes on to the last byte: entries are names and small numbers.

    What stands before its last entry is packed, and looks like noise by right.
    """
    start = max(at, len(content) - SECTOR)
    if len(content) - start >= CELL and is_noise(content[start:]):
        return noise("overwritten-structure", start, "the directory is noise")
    return cut(content, "the directory is cut", len(content))
