"""Keeps anchors beside their checkpoints, in the mirror too, and puts them on the record."""

from dataclasses import dataclass

from audit.anchors import anchor_key, said_of
from audit.event import EventType
from audit.evidence import BAD
from audit.tiles import spooled
from catalogue import ledger as rows
from custody.box import Json
from custody.digest import Digest, digest_of
from custody.errors import AutoclaveError, SignatureError
from pipeline.anchoring.checkpoints import said_by
from pipeline.anchoring.trusted import Trusted
from pipeline.recording import Recorder
from pipeline.wiring import Runtime, mirror_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """An anchor that is kept: of which checkpoint, its kind, by whom, and when as they say."""

    kind: str
    by: str
    at: str
    origin: str
    size: int
    root: str
    key: str
    digest: Digest

    def as_json(self) -> dict[str, Json]:
        """Return what `audit anchor --json` prints of it, and what its event says."""
        return {
            "kind": self.kind,
            "by": self.by,
            "at": self.at,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "object": self.key,
            "digest": self.digest,
        }


def keep(
    runtime: Runtime,
    stored: rows.StoredCheckpoint,
    known: Trusted,
    anchor: tuple[bytes, str],
    *,
    by: str = "",
    actor: str,
) -> Anchor:
    """Store an anchor, given as its bytes and the suffix of its kind, and record it.

    Raises:
        SignatureError: it is of another checkpoint, or by a witness that is not known.
        StoreError: the audit store or the mirror cannot be written.
    """
    content, suffix = anchor
    checkpoint = said_by(stored)
    key = anchor_key(checkpoint.origin, checkpoint.size, content, suffix)
    try:
        said = said_of(content, key, stored.note.encode(), known.keys)
    except BAD as error:
        raise SignatureError(f"not an anchor: {error}", next_step="ask for it again") from error
    if not said.at:
        raise SignatureError(
            "no witness that is known cosigned it", next_step="name its key in audit.witnesses"
        )
    objects = [(key, spooled(content))]
    runtime.audit.put_all(objects)
    if (mirror := mirror_of(runtime.settings)) is not None:
        mirror.put_all(objects)
    kept = Anchor(
        kind=said.kind,
        by=by or said.by,
        at=said.at,
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        key=key,
        digest=digest_of(content),
    )
    recorder = Recorder(runtime=runtime, case="", run_id="")
    recorder.record(recorder.event(EventType.ANCHOR_MADE, body=kept.as_json(), actor=actor))
    return kept


def record_failure(runtime: Runtime, whom: str, error: AutoclaveError, actor: str) -> None:
    """Put on the record that somebody outside was asked in vain: the window stays open."""
    recorder = Recorder(runtime=runtime, case="", run_id="")
    body: dict[str, Json] = {"by": whom, "reason": error.reason}
    recorder.record(recorder.event(EventType.ANCHOR_FAILED, body=body, actor=actor))
