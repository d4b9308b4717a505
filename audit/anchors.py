"""Anchors: what somebody outside says of a checkpoint, so that even who has the key is found out.

Whoever holds the ledger's key can write another history and sign it. What was said of the old one
outside stays: a timestamp over the signed checkpoint (RFC 3161), the signature of a witness (C2SP
tlog-cosignature), or its three lines on paper. This module needs only `cryptography` and Python
3.8, because an export carries it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.evidence import DASH, Files, Key, about, decode_base64, parse_key

COSIGNATURE = 4
TIMESTAMP, WITNESS, PAPER = "timestamp", "witness", "paper"
TIMESTAMP_SUFFIX = ".tsr"
COSIGNED_SUFFIX = ".cosigned"
PAPER_SUFFIX = ".paper"
SHA256_OID = bytes.fromhex("0609608648016503040201")
TST_INFO_OID = bytes.fromhex("060b2a864886f70d0109100104")


class Stamp(NamedTuple):
    """What a timestamp token says: the digest of what was stamped, and when (UTC)."""

    digest: str
    at: str


def anchors_folder(origin: str) -> str:
    """Return where the anchors of a log lie, with the slash at its end."""
    return "log/" + origin + "/anchors/"


def anchor_key(origin: str, size: int, content: bytes, suffix: str) -> str:
    """Return where an anchor of a checkpoint lies: the same anchor twice lies there once."""
    digest = hashlib.sha256(content).hexdigest()[:16]
    return anchors_folder(origin) + str(size).zfill(12) + "/" + digest + suffix


def size_of_anchor(name: str) -> int:
    """Return which size of a log the anchor of a name is of."""
    return int(name.rsplit("/", 2)[1])


# --- Cosignatures (C2SP tlog-cosignature, "Format")


def parse_witness(vkey: str) -> Key:
    """Check and return a witness's key, written as name+hash+base64 with the type 04."""
    return parse_key(vkey, COSIGNATURE)


def cosigned_message(text: str, moment: int) -> bytes:
    """Return what a witness signs: the checkpoint's text with the time before it."""
    return ("cosignature/v1\ntime " + str(moment) + "\n" + text).encode()


def open_cosigned(note: str, witness: Key) -> int:
    """Return when a witness cosigned a checkpoint, in seconds since 1970; ValueError if never."""
    text, _, lines = note.rpartition("\n\n")
    for line in lines.splitlines():
        dash, name, encoded = line.split(" ")
        signature = decode_base64(encoded)
        if dash != DASH or (name, signature[:4]) != (witness.name, witness.key_id):
            continue
        if len(signature) != 76:
            raise ValueError("not a cosignature of " + witness.name)
        moment = int.from_bytes(signature[4:12], "big")
        public = Ed25519PublicKey.from_public_bytes(witness.public)
        public.verify(signature[12:], cosigned_message(text + "\n", moment))
        return moment
    raise ValueError("not cosigned by " + witness.name)


# --- Timestamps (RFC 3161 section 2.4.2), read as far as what was stamped, and when


def stamped(token: bytes) -> Stamp:
    """Return what a TimeStampResp or TimeStampToken stamps with SHA-256; who signed is not checked.

    The signature and the authority's certificate are checked elsewhere: by Autoclave when the
    token comes in and when it verifies, and by `openssl ts -verify`.
    """
    start = token.find(TST_INFO_OID)
    if start < 0:
        raise ValueError("not a timestamp token")
    # eContent [0] EXPLICIT OCTET STRING, and in it the TSTInfo: a SEQUENCE.
    _, explicit, _ = _element(token, start + len(TST_INFO_OID), 0xA0)
    _, octets, _ = _element(explicit, 0, 0x04)
    _, info, _ = _element(octets, 0, 0x30)
    _, _, after = _element(info, 0, 0x02)
    _, _, after = _element(info, after, 0x06)
    _, imprint, after = _element(info, after, 0x30)
    _, algorithm, behind = _element(imprint, 0, 0x30)
    _, digest, _ = _element(imprint, behind, 0x04)
    _, _, after = _element(info, after, 0x02)
    _, moment, _ = _element(info, after, 0x18)
    if not algorithm.startswith(SHA256_OID) or len(digest) != 32:
        raise ValueError("the timestamp is not over a SHA-256")
    return Stamp(digest.hex(), _iso(moment.decode("ascii")))


def _element(der: bytes, at: int, tag: int) -> tuple[int, bytes, int]:
    """Return tag, content and end of the DER element at a place (X.690 section 8.1)."""
    if at + 2 > len(der) or der[at] != tag:
        raise ValueError("not a timestamp token")
    length, start = der[at + 1], at + 2
    if length & 0x80:
        width = length & 0x7F
        if not 1 <= width <= 4:
            raise ValueError("not a timestamp token")
        length, start = int.from_bytes(der[start : start + width], "big"), start + width
    if start + length > len(der):
        raise ValueError("the timestamp token is cut")
    return der[at], der[start : start + length], start + length


def _iso(moment: str) -> str:
    """Return a GeneralizedTime in UTC (RFC 3161 section 2.4.2) as the ledger writes a moment."""
    whole, _, fraction = moment[:-1].partition(".")
    if moment[-1:] != "Z" or len(whole) != 14 or not (whole + fraction).isdigit():
        raise ValueError("not a time in UTC")
    day = whole[:4] + "-" + whole[4:6] + "-" + whole[6:8]
    clock = whole[8:10] + ":" + whole[10:12] + ":" + whole[12:]
    return day + "T" + clock + "." + fraction.ljust(6, "0")[:6] + "Z"


# --- Holding them against the log


class Said(NamedTuple):
    """What an anchor says of the checkpoint beside it: its kind, who made it, and when (UTC)."""

    kind: str
    by: str
    at: str


class Anchored(NamedTuple):
    """An anchor in the ledger's store: its name, of which size it is, and what it says."""

    name: str
    size: int
    said: Said


def check_anchor(files: Files, name: str, note: bytes, witnesses: dict[str, Key]) -> Anchored:
    """Return an anchor of the checkpoint beside it; EvidenceError when it is of another."""
    with about(name):
        return Anchored(
            name, size_of_anchor(name), said_of(files.read(name), name, note, witnesses)
        )


def said_of(content: bytes, name: str, note: bytes, witnesses: dict[str, Key]) -> Said:
    """Return what an anchor says of a signed checkpoint; ValueError when it is of another one.

    A cosignature counts by the key of a known witness; one of an unknown witness says nothing.
    """
    text = note.decode().rpartition("\n\n")[0] + "\n"
    if name.endswith(TIMESTAMP_SUFFIX):
        stamp = stamped(content)
        if stamp.digest != hashlib.sha256(note).hexdigest():
            raise ValueError("the timestamp is over another checkpoint")
        return Said(TIMESTAMP, "", stamp.at)
    if name.endswith(COSIGNED_SUFFIX):
        cosigned = content.decode()
        if cosigned.rpartition("\n\n")[0] + "\n" != text:
            raise ValueError("the cosignature is on another checkpoint")
        return _cosigned(cosigned, witnesses)
    if name.endswith(PAPER_SUFFIX):
        paper = json.loads(content.decode())
        if not isinstance(paper, dict) or not {"lines", "by", "at"} <= set(paper):
            raise ValueError("not the lines on paper")
        if paper["lines"] != text:
            raise ValueError("the lines on paper are of another checkpoint")
        return Said(PAPER, str(paper["by"]), str(paper["at"]))
    raise ValueError("not an anchor that is known")


def _cosigned(note: str, witnesses: dict[str, Key]) -> Said:
    lines = note.rpartition("\n\n")[2].splitlines()
    for witness in (witnesses.get(line.split(" ")[1]) for line in lines):
        if witness is not None:
            seconds = open_cosigned(note, witness)
            moment = datetime.fromtimestamp(seconds, timezone.utc)  # noqa: UP017  3.8 has no UTC
            return Said(WITNESS, witness.name, moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    return Said(WITNESS, "", "")


def check_anchors(files: Files, witnesses: dict[str, Key]) -> list[Anchored]:
    """Return the anchors that an export holds, each over the checkpoint beside it.

    Who signed a timestamp is for `openssl ts -verify` to say; see README.txt.
    """
    found = []
    for name in sorted(n for n in files.names() if n.startswith("log/") and "/anchors/" in n):
        with about(name):
            base = name.rpartition("/anchors/")[0]
            note = files.read(base + "/checkpoints/" + str(size_of_anchor(name)).zfill(12))
        found.append(check_anchor(files, name, note, witnesses))
    return found


class Outside(NamedTuple):
    """What the verifier is given from outside the export: anchors that were kept, and whose."""

    kept: Files
    names: list[str]
    witnesses: dict[str, Key]


def check_kept(files: Files, outside: Outside) -> None:
    """Anchors that somebody else kept: each is over a checkpoint of the export."""
    notes = [files.read(n) for n in files.names() if n.startswith("log/") and "/checkpoints/" in n]
    stamps = {hashlib.sha256(note).hexdigest() for note in notes}
    by_text = {note.decode().rpartition("\n\n")[0]: note for note in notes}
    for name in outside.names:
        with about(name):
            content = outside.kept.read(name)
            if content[:1] == b"\x30":
                if stamped(content).digest not in stamps:
                    raise ValueError("the timestamp is over no checkpoint of this ledger")
                continue
            text, gap, _ = content.decode().partition("\n\n")
            lines = "\n".join(text.split())
            if lines not in by_text:
                raise ValueError("no checkpoint of this ledger has these lines")
            if gap:
                said_of(content, COSIGNED_SUFFIX, by_text[lines], outside.witnesses)


def anchor_text(anchor: Anchored) -> str:
    """Return what an anchor says in one line."""
    said = anchor.said
    whom = " by " + said.by if said.by else ""
    when = " at " + said.at if said.at else " by a witness whose key was not given"
    if said.kind == TIMESTAMP and not said.by:
        when += ", as it says; `openssl ts -verify` tells who signed it"
    return "anchored: " + str(anchor.size) + " entries, " + said.kind + whom + when
