"""Verifies a home, proves single events and artefacts, and exports the chain of custody."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from audit import export as exports
from audit import manifest, verification
from audit.event import EventType
from audit.export import Exported
from audit.history import History
from audit.receipts import LedgerReceiptVerifier
from catalogue import entries, lineage, manifests
from catalogue.manifests import StoredManifest
from custody.box import Json
from custody.decision import Receipt
from custody.digest import Digest, parse_digest
from custody.errors import ExitCode, LedgerError, NotInLedgerError, RefusedError, UsageError
from pipeline.anchoring.trusted import trusted
from pipeline.places import check_apart, read_file
from pipeline.proving import deep as deep_check
from pipeline.proving.anchors import check_anchors, check_kept
from pipeline.proving.faults import Fault
from pipeline.proving.intents import OpenIntent, open_intents
from pipeline.proving.pages import check_pages
from pipeline.recording import Recorder
from pipeline.wiring import Runtime, ledger_signer, mirror_of

RECEIPT_FORMAT = "autoclave receipt v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was verified, what is wrong and where, what a crash left open, what was not checked."""

    deep: bool
    faults: tuple[Fault, ...]
    intents: tuple[OpenIntent, ...] = ()
    uncommitted: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    logs: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def verified(self) -> bool:
        """Whether nothing is missing, changed or contradicted."""
        return not self.faults

    @property
    def exit_code(self) -> ExitCode:
        """Return how the command ends."""
        return ExitCode.DONE if self.verified else ExitCode.REFUSED

    def as_json(self) -> dict[str, Json]:
        """Return what `audit verify --json` prints."""
        return {
            "verified": self.verified,
            "deep": self.deep,
            "faults": [{"where": f.where, "what": f.what} for f in self.faults],
            "open_intents": [
                {"event": i.event_id, "shard": i.shard_id, "run": i.run_id} for i in self.intents
            ],
            "uncommitted": list(self.uncommitted),
            "unchecked": list(self.unchecked),
            "logs": {origin: dict(log) for origin, log in self.logs.items()},
            "counts": dict(self.counts),
        }


def verify(runtime: Runtime, *, deep: bool = False, kept_outside: Sequence[Path] = ()) -> Verified:
    """Verify the ledger as an outsider would and the database against it.

    `kept_outside` are anchors that somebody else kept: who has the key can rewrite everything
    but these.

    `deep` also hashes vault, clean zone and names again, and compares the catalogue with one that
    is made again from the ledger. Orders to work, which the ledger does not tell of, have to agree
    with what they order; who made an attempt and when is not known elsewhere.

    Raises:
        UnavailableError: a store or the database does not answer.
    """
    try:
        runtime.ledger.publish()
    except LedgerError as error:
        return Verified(deep=False, faults=(Fault(where="ledger", what=error.reason),))
    found = verification.verify(
        runtime.catalogue,
        runtime.audit,
        runtime.ledger.key,
        mirror_of(runtime.settings),
        lock=runtime.ledger.paused(),
    )
    faults = [Fault(where="ledger", what=fault) for fault in found.faults]
    faults += _public_key_faults(runtime)
    if faults:
        return Verified(deep=False, faults=tuple(faults), logs=found.logs, counts=found.counts)
    key = runtime.ledger.key
    with runtime.ledger.paused():
        history = History(runtime.audit, key)
    known = trusted(runtime.settings)
    as_published = Verified(
        deep=False,
        faults=(
            *check_pages(runtime.audit, key, history.events()),
            *check_anchors(history, known),
            *check_kept(runtime, kept_outside, known),
        ),
        intents=open_intents(history.events()),
        logs=found.logs,
        counts=found.counts,
    )
    return _deeply(runtime, as_published) if deep else as_published


def _public_key_faults(runtime: Runtime) -> list[Fault]:
    """Compare the file that is handed out with the key: who trusts another one verifies nothing."""
    path = runtime.home.public_key
    if not path.exists() or path.read_bytes() == f"{runtime.ledger.vkey}\n".encode():
        return []
    return [Fault(where=path.name, what="it is not the public key of this ledger")]


def _deeply(runtime: Runtime, as_published: Verified) -> Verified:
    """Add what the stored bytes and every row say; a ledger that cannot be replayed ends it."""
    try:
        looked = deep_check.check(runtime, as_published.intents)
    except RefusedError as error:
        refused = Fault(where="ledger", what=error.reason)
        return replace(as_published, faults=(*as_published.faults, refused), counts={})
    return replace(
        as_published,
        deep=True,
        faults=(*as_published.faults, *looked.faults),
        uncommitted=looked.uncommitted,
        unchecked=looked.unchecked,
        counts={**as_published.counts, **looked.counts},
    )


def prove(runtime: Runtime, event_or_digest: str) -> dict[str, Json]:
    """Return the receipt of an event that names a manifest, or of the last one about a content.

    For a content it also proves the lines of the manifest that are about it, and shows no other.

    Raises:
        UsageError: there is no such event, or nothing was recorded about that content.
        NotInLedgerError: it is not in a published checkpoint.
    """
    runtime.ledger.publish()
    named = _manifest(runtime, event_or_digest)
    receipt = runtime.ledger.receipt(named.event_id, named.root)
    return {
        "format": RECEIPT_FORMAT,
        "vkey": runtime.ledger.vkey,
        "event": receipt.event.decode(),
        "proof": receipt.proof,
        "manifest": receipt.manifest_root,
        "step": named.step.value,
        "lines": _proved_lines(runtime, named.root, event_or_digest),
    }


def _proved_lines(runtime: Runtime, root: Digest, digest: str) -> list[dict[str, Json]]:
    with runtime.audit.open(manifest.key_of(root)) as file:
        lines = manifest.read(file.read(), root)
    return [
        {
            "index": index,
            "line": line.decode(),
            "proof": [node.hex() for node in manifest.prove(lines, index)],
        }
        for index, line in enumerate(lines)
        if json.loads(line)["digest"] == digest
    ]


def check(path: Path, vkey: str) -> dict[str, Json]:
    """Check a file that `prove` wrote against a ledger's public key, and return its event.

    Raises:
        UsageError: the file is no receipt, or no file.
        NotInLedgerError: the receipt is not genuine.
    """
    try:
        said = json.loads(read_file(path))
        receipt = Receipt(
            event=said["event"].encode(), proof=said["proof"], manifest_root=said["manifest"]
        )
        lines = [
            (line["line"].encode(), int(line["index"]), list(map(bytes.fromhex, line["proof"])))
            for line in said["lines"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path.name} is no receipt", next_step="give a file that `audit prove` wrote"
        ) from error
    if said.get("vkey") != vkey:
        raise NotInLedgerError(
            "the receipt is of another ledger", next_step="compare the fingerprints on paper"
        )
    LedgerReceiptVerifier(vkey).verify(receipt)
    event: dict[str, Json] = json.loads(receipt.event)["event"]
    count, root = event["subject"]["lines"], receipt.manifest_root
    if not all(manifest.verify_line(line, n, count, proof, root) for line, n, proof in lines):
        raise NotInLedgerError(
            "a line is not in the manifest of the receipt",
            next_step="ask for a new receipt; this one was changed",
        )
    return event


def export(runtime: Runtime, destination: Path, actor: str) -> Exported:
    """Write the published chain of custody with its verifier into an empty folder, on the record.

    Raises:
        UsageError: the folder is not empty, or lies in the home or in a source.
        StoreError: it cannot be written.
    """
    check_apart(runtime, destination, "an export")
    recorder = Recorder(runtime=runtime, case="", run_id="")
    recorder.record(recorder.event(EventType.EVIDENCE_EXPORTED, actor=actor))
    runtime.ledger.publish()
    signer = ledger_signer(runtime.settings, runtime.keys)
    return exports.export(runtime.audit, signer, destination, lock=runtime.ledger.paused())


def _manifest(runtime: Runtime, event_or_digest: str) -> StoredManifest:
    with runtime.catalogue.read() as connection:
        try:
            digest = parse_digest(event_or_digest)
        except ValueError:
            named = manifests.with_event(connection, event_or_digest)
        else:
            found = [
                manifest
                for entry in entries.by_digest(connection, digest)
                for shard_id in lineage.ancestors(connection, entry.shard_id)
                for manifest in manifests.of_shard(connection, shard_id)
            ]
            named = max(found, key=lambda m: m.event_id, default=None)
    if named is None:
        raise UsageError(
            f"the ledger names no manifest for {event_or_digest}",
            next_step="give the id of an event, or the digest of a content",
        )
    return named
