"""The members of a 7z archive, unpacked folder by folder, each against its checksum."""

import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby

from formats.faults import FormatError, LimitError, MalformedError, ProtectedError
from formats.sevenzip import SevenZip, SevenZipMember, read_archive
from formats.sevenzip_header import Folder
from sanitizers.containers.flowing import Reading
from sanitizers.containers.means import Means
from sanitizers.containers.members import Counter, Names, too_large
from sanitizers.containers.seven_cipher import CIPHER, Cipher
from sanitizers.containers.seven_methods import folder_pieces
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

_MOST_LIST = 64 << 20


def unpack(content: bytes, means: Means) -> Iterator[Unpacked]:
    """Yield every member; an anomaly of the archive comes first, as a part without a name.

    Raises:
        FormatError: the list of members cannot be read.
    """
    keys = _Keys(content, means)
    archive = read_archive(content, keys.list_of, most_members=means.limits.most_members)
    yield from (Unpacked(refusal=anomaly) for anomaly in archive.anomalies)
    names = Names()
    for number, members in groupby(archive.members, key=lambda member: member.folder):
        own = tuple(members)
        if number < 0:
            yield from (_empty(member, names) for member in own)
        else:
            yield from _Opening(archive, number, keys, names, means.limits).parts(own)


def _empty(member: SevenZipMember, names: Names) -> Unpacked:
    name = member.untrusted_name
    return Unpacked(untrusted_name=name, refusal=member.oddity or names.oddity(name))


class _Keys:
    """The passwords of the operator's list; the one that opened something comes first."""

    def __init__(self, content: bytes, means: Means) -> None:
        self._content = content
        self._limits = means.limits
        self._ciphers = [Cipher(password) for password in means.passwords]

    def list_of(self, folder: Folder) -> bytes:
        """Return the packed list of members.

        Raises:
            ProtectedError: it is encrypted, and no password opens it.
            FormatError: it cannot be unpacked.
        """
        if folder.size > min(_MOST_LIST, self._limits.most_content_bytes):
            raise LimitError("a list of members that is too long")
        try:
            return self.open(folder, folder.size, folder.crc).take(folder.size)
        except ProtectedError as error:
            raise ProtectedError("the list of members is encrypted") from error

    def open(self, folder: Folder, first: int, crc: int | None) -> Reading:
        """Return a folder's contents; the first of them, or all, has this size and CRC.

        Raises:
            ProtectedError: it needs a password, and none of the list is it.
            FormatError: it cannot be unpacked.
        """
        if all(coder.method != CIPHER for coder in folder.coders):
            return Reading(folder_pieces(self._content, folder, None))
        for cipher in list(self._ciphers):
            if self._fits(cipher, folder, first, crc):
                self._ciphers.remove(cipher)
                self._ciphers.insert(0, cipher)
                return Reading(folder_pieces(self._content, folder, cipher))
        told = "none of the given passwords opens it" if self._ciphers else "it needs a password"
        raise ProtectedError(told)

    def _fits(self, cipher: Cipher, folder: Folder, first: int, crc: int | None) -> bool:
        """Tell whether a password is the one: only what comes out tells.

        Raises:
            LimitError, UnsupportedError: no password would help.
        """
        if crc is None or first > self._limits.most_content_bytes:
            return False
        try:
            taken = Reading(folder_pieces(self._content, folder, cipher)).take(first)
        except (LimitError, ProtectedError):
            raise
        except FormatError as error:
            if error.code == "unsupported":
                raise
            return False
        return zlib.crc32(taken) == crc


class _Opening:
    """Takes the members of one folder out, in their order: what breaks breaks the rest of it."""

    def __init__(
        self, archive: SevenZip, number: int, keys: _Keys, names: Names, limits: Limits
    ) -> None:
        self._folder = archive.folders[number]
        self._keys = keys
        self._names = names
        self._limits = limits

    def parts(self, members: Sequence[SevenZipMember]) -> Iterator[Unpacked]:
        """Yield every member of the folder."""
        fault: FormatError | None = None
        reading: Reading | None = None
        counter = Counter(self._folder.packed_size, self._limits)
        for member in members:
            name = member.untrusted_name
            refusal = member.oddity or self._names.oddity(name)
            try:
                if fault is None and reading is None:
                    reading = self._keys.open(self._folder, member.size, member.crc)
                if reading is not None and fault is None:
                    yield self._part(member, reading, counter, refusal)
                    continue
            except FormatError as error:
                fault = error
            said = f"{fault.code}: {fault.reason}" if fault else "malformed: nothing came out"
            yield Unpacked(untrusted_name=name, refusal=refusal or said)
        if reading is not None and fault is None:
            yield from self._leftover(reading)

    def _leftover(self, reading: Reading) -> Iterator[Unpacked]:
        """Name what is left of a folder when all its members are taken out."""
        try:
            reading.finish()
        except FormatError:
            yield Unpacked(refusal="hidden-data")

    def _part(
        self, member: SevenZipMember, reading: Reading, counter: Counter, refusal: str
    ) -> Unpacked:
        counter.take(member.size)
        refusal = refusal or too_large(member.size, self._limits)
        if refusal:
            reading.skip(member.size)
            return Unpacked(untrusted_name=member.untrusted_name, refusal=refusal)
        plain = reading.take(member.size)
        if member.crc is not None and zlib.crc32(plain) != member.crc:
            raise MalformedError("a member's checksum does not fit")
        return Unpacked(untrusted_name=member.untrusted_name, content=plain)
