"""Restore sets and delivered bags, verified offline; needs only `cryptography` and Python 3.8.

Like `audit.evidence` it is carried in the one-file verifier, so nothing newer is used here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from audit.evidence import (
    EvidenceError,
    Files,
    Folder,
    Key,
    about,
    decode_base64,
    leaf_hash,
    open_note,
    parse_checkpoint,
    verify_inclusion,
)

SEALED = "autoclave.restore.sealed"
SIGNED = "autoclave.restore.signed"
OPENED = "autoclave.restore.opened"
PEOPLE = "autoclave.people.added"
REVOKED = "autoclave.people.revoked"
DELIVERED = "autoclave.delivery.made"
OF_SETS = (SEALED, SIGNED, OPENED, PEOPLE, REVOKED)
SET_PURPOSE = b"restore-set@autoclave"
STATEMENT = "autoclave restore set v1"
BAG_NOTE = "delivery.note"
BAG_TITLE = "autoclave delivery v2"
BAG_MANIFESTS = ("manifest-sha256.txt", "tagmanifest-sha256.txt")
PROOF_TITLE = "c2sp.org/tlog-proof@v1"


# --- Signatures of people (PROTOCOL.sshsig), as far as those under restore sets need it


class Wire:
    """The fields of SSH's binary format, one after the other."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        if self.at + size > len(self.content):
            raise ValueError("cut inside a signature or a key")
        self.at += size
        return self.content[self.at - size : self.at]

    def string(self) -> bytes:
        """Return the next string."""
        return self.take(int.from_bytes(self.take(4), "big"))

    def number(self) -> int:
        """Return the next number."""
        return int.from_bytes(self.string(), "big")


def check_ssh_signature(key_line: str, message: bytes, armored: str) -> None:
    """Return when the key signed exactly this message as a restore set; else raise ValueError."""
    lines = armored.strip("\n").split("\n")
    wire = Wire(decode_base64("".join(lines[1:-1])))
    blob = decode_base64(key_line.split(" ")[1])
    if wire.take(6) != b"SSHSIG" or wire.take(4) != b"\x00\x00\x00\x01" or wire.string() != blob:
        raise ValueError("the signature is by another key than the registered one")
    purpose, reserved, name, signature = (wire.string() for _ in range(4))
    if purpose != SET_PURPOSE or reserved or name not in (b"sha256", b"sha512"):
        raise ValueError("the signature was made for another purpose")
    hashed = hashlib.new(name.decode(), message).digest()
    fields = (purpose, b"", name, hashed)
    signed = b"SSHSIG" + b"".join(len(f).to_bytes(4, "big") + f for f in fields)
    _check_raw(Wire(blob), Wire(signature), signed)


def _check_raw(key: Wire, signature: Wire, signed: bytes) -> None:
    kind, made = key.string(), signature.string()
    raw = signature.string()
    if kind == b"ssh-ed25519" == made:
        Ed25519PublicKey.from_public_bytes(key.string()).verify(raw, signed)
    elif kind == b"sk-ssh-ed25519@openssh.com" == made:
        public, application, flags = key.string(), key.string(), signature.take(5)
        whole = hashlib.sha256(application).digest() + flags + hashlib.sha256(signed).digest()
        Ed25519PublicKey.from_public_bytes(public).verify(raw, whole)
    elif kind == b"ecdsa-sha2-nistp256" == made:
        key.string()
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.string())
        pair = Wire(raw)
        point.verify(
            encode_dss_signature(pair.number(), pair.number()), signed, ec.ECDSA(hashes.SHA256())
        )
    elif kind == b"ssh-rsa" and made in (b"rsa-sha2-256", b"rsa-sha2-512"):
        exponent, modulus = key.number(), key.number()
        hashed = hashes.SHA256() if made == b"rsa-sha2-256" else hashes.SHA512()
        public_key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public_key.verify(raw, signed, padding.PKCS1v15(), hashed)
    else:
        raise ValueError("a kind of key that this verifier does not know")


# --- Restore sets: document, signatures and certificates follow from the ledger


def digest_at(files: Files, name: str) -> str:
    """Return the SHA-256 of a named content."""
    return hashlib.sha256(files.read(name)).hexdigest()


def papers_of(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names and digests of what an event about a restore set says is stored."""
    if event["type"] not in (SEALED, OPENED):
        return
    folder, said = "sets/" + event["subject"]["set"] + "/", event["body"]
    if event["type"] == SEALED:
        yield folder + "set.json", said["document"]
        return
    stem = folder + "certificates/" + said["certificate"]
    yield stem + ".json", said["certificate"]
    for language in sorted(said["pages"]):
        yield stem + "." + language + ".html", said["pages"][language]
    # Openings from before there were prints name none.
    for language in sorted(said.get("prints", {})):
        yield stem + "." + language + ".pdf", said["prints"][language]


class Sets:
    """Follows restore sets through the ledger: who may sign, and what was sealed, in its order."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.people: dict[str, tuple[str, str]] = {}
        self.documents: dict[str, str] = {}
        self.signed: dict[str, dict[str, str]] = {}

    def follow(self, event: dict[str, Any]) -> None:
        """Check one event against those before it, and what is stored for it."""
        kind, subject = event["type"], event["subject"]
        if kind == PEOPLE:
            said = event["body"]
            self.people[subject["person"]] = (said["public_key"], said["role"])
        elif kind == REVOKED:
            self.people.pop(subject["person"], None)
        elif kind == SEALED:
            self.documents[subject["set"]] = event["body"]["document"]
        elif kind == SIGNED:
            self._signed(event)
        elif kind == OPENED:
            self._opened(event)
        for name, digest in papers_of(event):
            with about(name):
                if digest_at(self.files, name) != digest:
                    raise ValueError("not what the ledger names")

    def _signed(self, event: dict[str, Any]) -> None:
        said, person = event["body"], event["actor"]
        if self.people.get(person) != (said["public_key"], said["role"]):
            raise ValueError("signed by a key or in a role that is not registered for " + person)
        if self.documents.get(event["subject"]["set"]) != said["document"]:
            raise ValueError("the signature of " + person + " is under no set as it was sealed")
        check_set_signature(event)
        self.signed.setdefault(event["subject"]["set"], {})[person] = said["public_key"]

    def _opened(self, event: dict[str, Any]) -> None:
        said, signed = event["body"], self.signed.get(event["subject"]["set"], {})
        if self.documents.get(event["subject"]["set"]) != said["document"]:
            raise ValueError("opened as another set than was sealed")
        check_enough(
            said, {p: key for p, key in signed.items() if self.people.get(p, ("",))[0] == key}
        )


def check_enough(said: dict[str, Any], signed: dict[str, str]) -> None:
    """Return when as many signed as no policy goes below; `signed` are keys by people.

    Two people with two keys; one for urgent care. The roles that a policy asks for are its own.
    """
    needed = 2 if said["countersign_by"] is None else 1
    if min(len(signed), len(set(signed.values()))) < needed:
        raise ValueError("opened with fewer than " + str(needed) + " signatures that count")


def check_set_signature(event: dict[str, Any]) -> None:
    """Return when the event's actor signed the document that it names; else raise."""
    said = event["body"]
    facts = (
        ("set", event["subject"]["set"]),
        ("document", said["document"]),
        ("person", event["actor"]),
        ("role", said["role"]),
        ("key", said["public_key"]),
        ("reason", said["reason"]),
    )
    text = STATEMENT + "\n" + "".join(label + ": " + fact + "\n" for label, fact in facts)
    with about("signature of " + event["actor"]):
        check_ssh_signature(said["public_key"], text.encode(), said["signature"])


# --- Bags (RFC 8493) with the proof of what they hold


def verify_bag(root: str, key: Key) -> list[EvidenceError]:
    """Return what is wrong with a delivered bag, each fault with its place.

    1. the note is signed by the key, and the manifests are the ones that it names
    2. every file is the one in the manifests, and no file is missing or added
    3. each event that it brings is in a checkpoint that the key signed
    4. document, signatures and certificate are those of the events, all about one set
    """
    files = Folder(root)
    try:
        with about(BAG_NOTE):
            said = _note(files, key)
        faults = list(_bag_files(files, said))
        return faults or list(_bag_proof(files, key, said))
    except EvidenceError as error:
        return [error]


def _note(files: Folder, key: Key) -> dict[str, str]:
    title, *lines = open_note(files.read(BAG_NOTE), key._replace(older=()))[:-1].split("\n")
    if title != BAG_TITLE:
        raise ValueError("not the note of a bag")
    return dict(line.split(" ", 1) for line in lines)


def _bag_files(files: Folder, said: dict[str, str]) -> Iterator[EvidenceError]:
    listed: dict[str, str] = {}
    for name in BAG_MANIFESTS:
        with about(name):
            content = files.read(name)
            if hashlib.sha256(content).hexdigest() != said[name]:
                raise ValueError("not the one that the note names")
            for line in content.decode("utf-8", "surrogateescape").split("\n")[:-1]:
                listed[_decoded(line[66:])] = line[:64]
    found = {n for n in files.names() if n not in (BAG_NOTE, BAG_MANIFESTS[1])}
    for name in sorted(found | set(listed)):
        shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        if name not in listed:
            yield EvidenceError(shown, "not in the manifests of the bag")
        elif name not in found:
            yield EvidenceError(shown, "missing")
        elif not files.is_plain(name):
            yield EvidenceError(shown, "no file, but a link, pipe or device")
        elif _digest(files.root, name) != listed[name]:
            yield EvidenceError(shown, "changed")


def _decoded(path: str) -> str:
    return path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def _digest(root: str, name: str) -> str:
    content = hashlib.sha256()
    with open(os.path.join(root, name), "rb") as file:  # noqa: PTH118, PTH123  names that are bytes
        for chunk in iter(lambda: file.read(1 << 20), b""):
            content.update(chunk)
    return content.hexdigest()


def _bag_proof(files: Folder, key: Key, said: dict[str, str]) -> Iterator[EvidenceError]:
    events = list(_bag_events(files, key))
    kinds = {event["type"] for event in events}
    for kind in (SEALED, SIGNED, OPENED, DELIVERED):
        if kind not in kinds:
            yield EvidenceError("ledger", "no event " + kind)
    if any(event["subject"].get("set") != said["set"] for event in events):
        yield EvidenceError("ledger", "an event about another set")
    if any(e["subject"]["delivery"] != said["delivery"] for e in events if e["type"] == DELIVERED):
        yield EvidenceError("ledger", "an event about another delivery")
    signed = {e["actor"]: e["body"]["public_key"] for e in events if e["type"] == SIGNED}
    documents = {e["body"]["document"] for e in events if e["type"] in (SEALED, SIGNED, OPENED)}
    certificates = {e["body"]["certificate"] for e in events if e["type"] == OPENED}
    for event in events:
        if event["type"] == SIGNED:
            check_set_signature(event)
        elif event["type"] == OPENED:
            with about("ledger"):
                check_enough(event["body"], signed)
    for name, named in (("set.json", documents), ("certificate.json", certificates)):
        with about(name):
            if {digest_at(files, name)} != named:
                raise ValueError("not what the ledger names, or not the only one")


def _bag_events(files: Folder, key: Key) -> Iterator[dict[str, Any]]:
    for name in sorted(n for n in files.names() if n.startswith("ledger/")):
        with about(name):
            yield _proven(json.loads(files.read(name)), key)


def _proven(said: dict[str, str], key: Key) -> dict[str, Any]:
    """Return an event after proving that its entry is in a signed checkpoint."""
    top, _, note = said["proof"].partition("\n\n")
    title, index, *path = top.split("\n")
    checkpoint = parse_checkpoint(open_note(note.encode(), key))
    leaf = leaf_hash(said["entry"].encode())
    number, hashed = int(index[len("index ") :]), [decode_base64(line) for line in path]
    size, root = checkpoint.size, checkpoint.root
    if title != PROOF_TITLE or not verify_inclusion(leaf, number, size, hashed, root):
        raise ValueError("the ledger does not hold this event")
    event: dict[str, Any] = json.loads(said["entry"])["event"]
    return event
