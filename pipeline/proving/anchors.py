"""Holds anchors against the ledger: those that lie beside it, and those that were kept outside."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from audit.anchors import (
    COSIGNED_SUFFIX,
    TIMESTAMP,
    check_anchor,
    said_of,
    size_of_anchor,
)
from audit.event import EventType
from audit.evidence import EvidenceError
from audit.history import History
from audit.tiles import checkpoint_key
from audit.timestamps import verified_stamp
from custody.box import Json
from custody.digest import digest_of
from custody.errors import SignatureError, UsageError
from pipeline.anchoring.anchor import DER_SEQUENCE
from pipeline.anchoring.checkpoints import checkpoint_of_text, checkpoint_of_token
from pipeline.anchoring.trusted import Trusted
from pipeline.proving.faults import Fault
from pipeline.wiring import Runtime

MOST_BYTES = 1 << 20


def check_anchors(history: History, known: Trusted) -> Iterator[Fault]:
    """Yield a fault for each anchor that is of another history, missing, or by nobody known.

    Without a root certificate in the settings a timestamp is held against the checkpoint, and who
    signed it is left to `openssl ts -verify`.
    """
    names = [name for origin in history.origins() for name in history.anchors(origin)]
    for name in names:
        yield from _checked(history, name, known)
    for event in history.events():
        if event["type"] == EventType.ANCHOR_MADE.value:
            yield from _missing(history, event["body"], set(names))


def check_kept(runtime: Runtime, paths: Iterable[Path], known: Trusted) -> Iterator[Fault]:
    """Yield a fault for each anchor kept outside that speaks of another history than this one.

    A file is a timestamp token, a checkpoint with or without a cosignature, or its three lines.
    Who rewrote the ledger with its key could not rewrite these.

    Raises:
        UsageError: a file cannot be read.
    """
    for path in paths:
        try:
            _check_file(runtime, _content(path), known)
        except (SignatureError, ValueError) as error:
            reason = error.reason if isinstance(error, SignatureError) else str(error)
            yield Fault(where=path.name, what=reason)


def _check_file(runtime: Runtime, content: bytes, known: Trusted) -> None:
    if content.startswith(DER_SEQUENCE):
        stored = checkpoint_of_token(runtime, content)
        if known.roots:
            verified_stamp(content, stored.note.encode(), known.roots)
        return
    text, gap, _ = content.decode().partition("\n\n")
    stored = checkpoint_of_text(runtime, "\n".join(text.split()) + "\n")
    if gap and known.keys:
        said_of(content, COSIGNED_SUFFIX, stored.note.encode(), known.keys)


def _checked(history: History, name: str, known: Trusted) -> Iterator[Fault]:
    try:
        note = _note(history, name)
        found = check_anchor(history.files, name, note, known.keys)
        if found.said.kind == TIMESTAMP and known.roots:
            verified_stamp(history.files.read(name), note, known.roots)
    except (EvidenceError, SignatureError) as error:
        what = error.what if isinstance(error, EvidenceError) else error.reason
        yield Fault(where=name, what=what)


def _note(history: History, name: str) -> bytes:
    """Return the checkpoint that an anchor lies beside."""
    origin = name.removeprefix("log/").rpartition("/anchors/")[0]
    try:
        return history.files.read(checkpoint_key(origin, size_of_anchor(name)))
    except (KeyError, ValueError, IndexError) as error:
        raise EvidenceError(name, "there is no checkpoint of that size") from error


def _missing(history: History, body: Mapping[str, Json], names: set[str]) -> Iterator[Fault]:
    name = str(body["object"])
    if name not in names:
        yield Fault(where=name, what="the ledger says that this anchor was made, and it is gone")
    elif digest_of(history.files.read(name)) != body["digest"]:
        yield Fault(where=name, what="it is not the anchor that the ledger says was made")


def _content(path: Path) -> bytes:
    try:
        with path.expanduser().open("rb") as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise UsageError(
            f"{path.name} cannot be read: {error.strerror}",
            next_step="name the files of anchors that were kept outside",
        ) from error
