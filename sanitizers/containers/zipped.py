"""The members of a ZIP archive, and whatever would let two programs see different ones."""

from collections.abc import Iterator
from dataclasses import replace

from formats.faults import FormatError, MalformedError, ProtectedError
from formats.zip import Directory, Member, member_bytes, read_directory
from sanitizers.containers.means import Means
from sanitizers.containers.unpacked import Unpacked
from sanitizers.containers.zip_cipher import AES_METHOD, decipher
from sanitizers.inflating import checksum, inflate_raw
from sanitizers.limits import Limits
from sanitizers.zip_methods import OTHER_METHODS


def unpack(content: bytes, means: Means) -> Iterator[Unpacked]:
    """Yield every member; an anomaly of the archive comes first, as a part without a name.

    Raises:
        FormatError: the archive cannot be read.
    """
    directory = read_directory(content, most_members=means.limits.most_members)
    yield from (Unpacked(refusal=anomaly) for anomaly in directory.anomalies)
    yield from _members(content, directory, means)


def _members(content: bytes, directory: Directory, means: Means) -> Iterator[Unpacked]:
    for member in directory.members:
        name = member.untrusted_name
        if member.is_folder:
            continue
        try:
            yield Unpacked(untrusted_name=name, content=content_of(content, member, means))
        except FormatError as error:
            yield Unpacked(untrusted_name=name, refusal=f"{error.code}: {error.reason}")


def content_of(content: bytes, member: Member, means: Means) -> bytes:
    """Return what a member holds, deciphered and unpacked.

    Raises:
        FormatError: it needs a password that nobody gave, or does not hold what is claimed.
    """
    if member.encrypted:
        return _deciphered(content, member, means)
    return _plain(content, member, means.limits)


def _plain(content: bytes, member: Member, limits: Limits) -> bytes:
    packed = max(1, member.packed_size)
    most = max(limits.free_ratio_bytes, packed * limits.most_ratio)
    most = min(most, limits.most_content_bytes)
    plain = member_bytes(content, member, inflate_raw, most=most, others=OTHER_METHODS)
    # AE-2 keeps no checksum: what it has instead was checked when it was deciphered.
    unsummed = member.true_method >= 0 and not member.crc
    if checksum(plain) != member.crc and not unsummed:
        raise MalformedError("a member's checksum does not fit")
    return plain


def _deciphered(content: bytes, member: Member, means: Means) -> bytes:
    """Return what an encrypted member holds under the first password that opens it.

    Raises:
        ProtectedError: none of the list does.
        FormatError: it does not hold what the directory claims.
    """
    if not means.passwords:
        raise ProtectedError("a member needs a password")
    packed = content[member.data_offset : member.data_offset + member.packed_size]
    for password in means.passwords:
        opened = decipher(packed, member, password, lambda p: _fits(p, member, means.limits))
        if opened is not None:
            return _plain(opened, _inside(member, opened), means.limits)
    raise ProtectedError("none of the given passwords opens it")


def _inside(member: Member, opened: bytes) -> Member:
    """Return a member as if its deciphered bytes were all there is."""
    method = member.true_method if member.method == AES_METHOD else member.method
    return replace(member, encrypted=False, method=method, data_offset=0, packed_size=len(opened))


def _fits(opened: bytes, member: Member, limits: Limits) -> bool:
    try:
        _plain(opened, _inside(member, opened), limits)
    except FormatError:
        return False
    return True
