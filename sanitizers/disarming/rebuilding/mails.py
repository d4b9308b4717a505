"""Writes mails anew: a part that is replaced gets another body, every other byte stays as it was.

Two readers cut the mail into parts, the one that inspection trusts and one that knows where each
byte lies. Where they differ in a part, in a name or in their number, the mail is held.
"""

import base64
import binascii
import email
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from custody.digest import digest_of
from formats.faults import MalformedError
from formats.mime import Leaf, holds_parts, nodes
from formats.text import read_text
from sanitizers.containers.mailed import parts_of
from sanitizers.containers.unpacked import Unpacked
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.rebuilding.fields import Described, header_of
from sanitizers.disarming.rebuilding.notes import note_of
from sanitizers.disarming.rebuilding.plan import Plan, Rebuilt, Substitute, Writer
from sanitizers.limits import Limits

MEDIA_TYPE = "message/rfc822"
PAGE = "text/html"
_SIGNED = frozenset(
    {
        *("multipart/signed", "multipart/encrypted", "application/pkcs7-mime"),
        *("application/x-pkcs7-mime", "application/pkcs7-signature", "application/pgp-signature"),
        *("application/x-pkcs7-signature", "application/pgp-encrypted", "application/pgp-keys"),
    }
)
_SIGNED_TEXT = re.compile(rb"(?m)^-----BEGIN PGP (?:SIGNED )?MESSAGE-----")
_WOULD_LOSE = "signed: a copy would lose the signature"
_LINE_LENGTH = 57  # bytes that come to 76 letters (RFC 2045 6.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part without others: its number, what the reader says of it, and where it lies."""

    number: int
    read: Unpacked
    said: Message
    leaf: Leaf


def rebuild(content: bytes, plan: Plan, limits: Limits) -> Rebuilt:
    """Return a mail as a plan has it.

    Raises:
        FormatError: it cannot be cut into parts.
        CannotDisarmError: it is signed or encrypted, or a part cannot be replaced.
    """
    del limits
    written, at = bytearray(), 0
    for part in _parts(content):
        other = _other(part, plan)
        if other is None:
            continue
        body, described = other
        header, old = part.leaf.header, part.leaf.body
        break_ = b"\r\n" if b"\r\n" in content[header.start : old.start] else b"\n"
        written += content[at : header.start]
        written += header_of(content[header.start : header.end], described)
        written += break_ + _base64(body, break_)
        written += break_ if old.end == len(content) else b""
        at = old.end
    written += content[at:]
    return Rebuilt(content=bytes(written), media_type=MEDIA_TYPE)


def _parts(content: bytes) -> list[_Part]:
    """Return the parts of a mail that both readers see.

    Raises:
        FormatError: they do not see the same.
        CannotDisarmError: the mail is signed or encrypted.
    """
    read = list(_read(content))
    cut = [node for node in _checked(content) if not holds_parts(node[0])]
    if len(read) != len(cut):
        raise MalformedError("two readers see another number of parts")
    found: list[_Part] = []
    for (number, message, unpacked), (said, leaf) in zip(read, cut, strict=True):
        plain = _decoded(content[leaf.body.start : leaf.body.end], said)
        if plain != unpacked.content or message.items() != said.items():
            raise MalformedError("two readers see another part")
        if said.get_content_maintype() == "text" and _SIGNED_TEXT.search(plain):
            raise CannotDisarmError(_WOULD_LOSE)
        found.append(_Part(number=number, read=unpacked, said=said, leaf=leaf))
    return found


def _read(content: bytes) -> Iterator[tuple[int, Message, Unpacked]]:
    for number, (part, unpacked) in enumerate(parts_of(email.message_from_bytes(content)), 1):
        if unpacked.refusal:
            raise CannotDisarmError(f"a part that cannot be read: {unpacked.refusal}")
        if part is not None:
            yield number, part, unpacked


def _checked(content: bytes) -> Iterator[tuple[Message, Leaf]]:
    for node in nodes(content):
        if node.said.get_content_type() in _SIGNED:
            raise CannotDisarmError(_WOULD_LOSE)
        yield node.said, node.leaf


def _decoded(body: bytes, said: Message) -> bytes:
    encoding = str(said.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "base64":
        try:
            return base64.b64decode(body)
        except binascii.Error as error:
            raise MalformedError("a part in base64 that is none") from error
    return quopri.decodestring(body) if encoding == "quoted-printable" else body


def _other(part: _Part, plan: Plan) -> tuple[bytes, Described] | None:
    """Return what stands where a part stood; None if the part stays."""
    why = plan.left_out.get(part.number)
    if why is not None:
        return note_of(why, digest_of(part.read.content)), Described(media_type="text/plain")
    other = plan.substitutes.get(part.number)
    return None if other is None else _substitute(part, other)


def _substitute(part: _Part, other: Substitute) -> tuple[bytes, Described]:
    if other.media_type == PAGE:
        _check_alphabet(part)
    name = other.untrusted_name.decode("utf-8", "replace")
    if any(not letter.isprintable() for letter in name):
        raise CannotDisarmError("a part has a name that cannot be written")
    renamed = other.untrusted_name != part.read.untrusted_name
    # A name that stands in the type alone goes with it.
    in_type = part.said.get_param("filename", None, "content-disposition") is None
    described = Described(media_type=other.media_type, name=name, is_renamed=renamed or in_type)
    return other.content, described


def _check_alphabet(part: _Part) -> None:
    """Refuse a page that its mail says is in another alphabet than the one it was read in."""
    plain = part.read.content
    told = str(part.said.get_content_charset() or "")
    found = read_text(plain)
    if plain.isascii() or found is None or not told:
        return
    try:
        same = plain.decode(told).encode() == found.view
    except (LookupError, UnicodeError):
        same = False
    if not same:
        raise CannotDisarmError("a page is in another alphabet than it was read in")


def _base64(content: bytes, break_: bytes) -> bytes:
    lines = (
        base64.b64encode(content[at : at + _LINE_LENGTH])
        for at in range(0, len(content), _LINE_LENGTH)
    )
    return break_.join(lines)


def reread(content: bytes, limits: Limits) -> list[bytes]:
    """Return the contents of all parts, if both readers see the same ones.

    Raises:
        FormatError: they do not.
        CannotDisarmError: the mail is signed or encrypted.
    """
    del limits
    _parts(content)
    return [unpacked.content for _, unpacked in parts_of(email.message_from_bytes(content))]


WRITER = Writer(rebuild=rebuild, reread=reread)
