"""Delivers what was promoted into a folder: recorded first, then written, then signed.

The steps, in order:

1. The newest complete run of each source says which entries stand promoted; what was recalled or
   rejected since does not stand any more, nor what a later run of another source calls malicious.
2. The manifest of the delivery is written down: names, digests, and the decision that let each in.
3. The event with the manifest's digest is published. Nothing is in the folder yet.
4. Each file is read from the clean zone and hashed while it is written, never over another one.
5. A signed note over the manifest ends the delivery: a folder without one is not whole.
"""

import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from audit.event import EventType
from audit.note import sign_note
from catalogue import (
    artefacts,
    decisions,
    deliveries,
    evidence,
    lineage,
    manifests,
    promotions,
    shards,
    views,
)
from catalogue.deliveries import Delivery
from catalogue.entries import StoredEntry
from catalogue.promotions import Promotion
from catalogue.shards import Step
from catalogue.views import LatestInventory
from cleanzone.delivery import Destination, Written, check_empty, folder_name
from custody.box import Json
from custody.digest import Digest, digest_of
from custody.errors import CatalogueError, ExitCode, StoreError, UsageError
from custody.ids import new_id
from custody.lifecycle import Stage
from custody.names import from_base64, to_base64
from pipeline.recording import ACTOR, Recorder
from pipeline.steps.shard_view import NamedEntry, shard_view
from pipeline.wiring import Runtime, ledger_signer
from storage.interface import Spooled
from storage.verified import VerifiedStore

MANIFEST = b"manifest.jsonl"
RENAMED = b"renamed.jsonl"
NOTE = b"delivery.note"
TITLE = "autoclave delivery v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose files are delivered; an empty filter asks for all."""

    case: str = ""
    host: str = ""
    service: str = ""

    def covers(self, inventory: LatestInventory) -> bool:
        """Whether a source's files are asked for."""
        return self.case in {"", inventory.case} and self.host in {"", inventory.host}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What was handed over. `renamed` files lie under a code; `unnamed` ones lost their names.

    `withheld` ones stand promoted, and were rejected, recalled or called malicious since.
    """

    delivery_id: str
    destination: Path
    files: int
    size: int
    manifest: Digest
    renamed: int
    unnamed: int
    withheld: int

    @property
    def exit_code(self) -> ExitCode:
        """Return how the command ends."""
        return ExitCode.DONE

    def as_json(self) -> dict[str, Json]:
        """Return what `restore deliver --json` prints."""
        return {
            "delivery": self.delivery_id,
            "destination": str(self.destination),
            "files": self.files,
            "bytes": self.size,
            "manifest": self.manifest,
            "renamed": self.renamed,
            "unnamed": self.unnamed,
            "withheld": self.withheld,
        }


@dataclass(slots=True)
class _Plan:
    """What was asked for, and the sums of what is delivered of it as its lines are gathered."""

    wanted: Wanted
    files: int = 0
    size: int = 0
    unnamed: int = 0
    withheld: int = 0

    def covers(self, entry: StoredEntry) -> bool:
        """Whether an entry is promoted, and asked for."""
        return entry.stage is Stage.PROMOTED and self.wanted.service in {"", entry.service}


def deliver(
    runtime: Runtime,
    destination: Path,
    *,
    case: str = "",
    host: str = "",
    service: str = "",
    actor: str = ACTOR,
) -> Delivered:
    """Write the promoted files of the latest runs into a new or empty folder.

    Raises:
        UsageError: the folder is not empty or lies in the home, or nothing is promoted.
        StoreError: the clean zone is damaged, or the target cannot be written.
        LedgerError: the delivery cannot be recorded; nothing was written.
    """
    check_empty(destination)
    _check_apart(runtime, destination)
    plan = _Plan(wanted=Wanted(case=case, host=host, service=service))
    manifest = _spooled(runtime, _lines(runtime, plan))
    try:
        if not plan.files:
            raise UsageError(
                "nothing that was asked for is promoted", next_step="see `autoclave status`"
            )
        _check_room(destination, plan.size)
        delivery = _record(runtime, manifest, plan, actor)
        renamed = _write(runtime, destination, manifest, delivery)
    finally:
        runtime.spool.discard(manifest)
    return Delivered(
        delivery_id=delivery.delivery_id,
        destination=destination,
        files=plan.files,
        size=plan.size,
        manifest=manifest.digest,
        renamed=renamed,
        unnamed=plan.unnamed,
        withheld=plan.withheld,
    )


def _check_apart(runtime: Runtime, destination: Path) -> None:
    home, target = runtime.home.root.resolve(), destination.resolve()
    if home.is_relative_to(target) or target.is_relative_to(home):
        raise UsageError(
            "a delivery does not lie in the home, nor the home in it",
            next_step="name a folder elsewhere",
        )


def _check_room(destination: Path, size: int) -> None:
    place = destination if destination.exists() else destination.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        raise StoreError(
            f"the delivery's folder cannot be used: {error.strerror}",
            next_step="make its parent folder first",
        ) from error
    if free < size:
        raise StoreError(
            f"the delivery takes {size} bytes and the target has {free} left",
            next_step="make room, or deliver one host or service at a time",
        )


def _lines(runtime: Runtime, plan: _Plan) -> Iterator[bytes]:
    with runtime.catalogue.read() as connection:
        latest = list(views.latest_inventories(connection))
        ids = [inventory.inventory_id for inventory in latest]
        for inventory in latest:
            if plan.wanted.covers(inventory):
                later = [i for i in ids if i > inventory.inventory_id]
                yield from _shard_lines(runtime, connection, inventory, plan, later)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What a delivery needs to know of one entry: where it is from and what let it in."""

    inventory: LatestInventory
    promotion: Promotion
    decision: Digest
    size: int


def _shard_lines(
    runtime: Runtime,
    connection: sa.Connection,
    inventory: LatestInventory,
    plan: _Plan,
    later: Sequence[int],
) -> Iterator[bytes]:
    for shard_id in shards.of_inventory(connection, inventory.inventory_id, Step.INSPECT):
        view = shard_view(connection, runtime.names, shard_id)
        found = [n for n in view.named if plan.covers(n.entry)]
        plan.unnamed += sum(1 for entry in view.erased if plan.covers(entry))
        digests = {n.entry.digest for n in found if n.entry.digest is not None}
        standing = _standing_now(connection, digests, later)
        located = artefacts.known(connection, standing)
        decision = _decision(connection, shard_id) if standing else None
        for named in found:
            digest = named.entry.digest
            if digest is None or decision is None or digest not in standing:
                plan.withheld += 1
                continue
            about = _Standing(
                inventory=inventory,
                promotion=standing[digest],
                decision=decision,
                size=located[digest].size,
            )
            plan.files += 1
            plan.size += about.size
            yield json.dumps(_line(named, about), sort_keys=True).encode() + b"\n"


def _standing_now(
    connection: sa.Connection, digests: AbstractSet[Digest], later: Sequence[int]
) -> dict[Digest, Promotion]:
    """Return the promotions that nothing speaks against now, though entries stand as they did."""
    rejected = decisions.rejected(connection, digests)
    condemned = evidence.condemned(connection, digests, later)
    return promotions.known(connection, digests - rejected - condemned)


def _decision(connection: sa.Connection, shard_id: int) -> Digest:
    """Return the manifest of the newest decision on a shard."""
    for ancestor in lineage.ancestors(connection, shard_id):
        own = [m for m in manifests.of_shard(connection, ancestor) if m.step is Step.ASSESS]
        if own:
            return max(own, key=lambda m: m.event_id).root
    raise CatalogueError(
        f"shard {shard_id} was never assessed", next_step="run `autoclave audit verify --deep`"
    )


def _line(named: NamedEntry, about: _Standing) -> dict[str, Json]:
    entry, inventory = named.entry, about.inventory
    return {
        "host": inventory.host,
        "source": inventory.source_id,
        "service": entry.service,
        "path_b64": to_base64(named.name.path),
        "digest": entry.digest,
        "size": about.size,
        "mtime_ns": entry.mtime_ns,
        "mode": entry.mode,
        "decision": about.decision,
        "key": about.promotion.key,
        "version": about.promotion.version,
    }


def _spooled(runtime: Runtime, lines: Iterable[bytes]) -> Spooled:
    file = runtime.spool.file()
    with ExitStack() as undo:
        undo.callback(file.abandon)
        for line in lines:
            file.write(line)
        undo.pop_all()
    return file.finish()


def _record(runtime: Runtime, manifest: Spooled, plan: _Plan, actor: str) -> Delivery:
    """Publish the delivery before its first byte is written."""
    wanted = plan.wanted
    now = runtime.clock()
    delivery = Delivery(
        delivery_id=new_id(now, os.urandom(10)),
        manifest=manifest.digest,
        files=plan.files,
        at=now,
    )
    recorder = Recorder(runtime=runtime, case=wanted.case, run_id="")
    event = recorder.event(
        EventType.DELIVERY_MADE,
        subject={"delivery": delivery.delivery_id},
        body={
            "manifest": manifest.digest,
            "files": plan.files,
            "bytes": str(plan.size),
            "host": wanted.host,
            "service": wanted.service,
        },
        actor=actor,
        at=now,
    )
    with runtime.catalogue.write() as connection:
        deliveries.add(connection, delivery)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return delivery


def _write(runtime: Runtime, folder: Path, manifest: Spooled, delivery: Delivery) -> int:
    clean = VerifiedStore(runtime.clean)
    renamed: list[bytes] = []
    with Destination.open(folder) as destination:
        destination.write_own(MANIFEST, _read(manifest))
        for line in map(json.loads, _read(manifest)):
            written = _write_one(clean, destination, line)
            if written.mapped:
                told = {"path_b64": line["path_b64"], "written": written.path.decode()}
                about = {"host": line["host"], "source": line["source"], **told}
                renamed.append(json.dumps(about, sort_keys=True).encode() + b"\n")
        # One sync for all files: the note that says they are there comes after it.
        os.sync()
        if renamed:
            destination.write_own(RENAMED, iter(renamed))
        note = _note(runtime, delivery, b"".join(renamed))
        destination.write_own(NOTE, iter([note.encode()]))
    return len(renamed)


def _write_one(clean: VerifiedStore, destination: Destination, line: Mapping[str, Json]) -> Written:
    def content() -> BinaryIO:
        return clean.open(line["key"], line["version"], 0, line["size"], Digest(line["digest"]))

    return destination.write(
        (folder_name(line["host"]), folder_name(line["source"])),
        from_base64(line["path_b64"]),
        content,
        mode=line["mode"],
        mtime_ns=line["mtime_ns"],
    )


def _note(runtime: Runtime, delivery: Delivery, renamed: bytes) -> str:
    lines = [
        TITLE,
        f"delivery {delivery.delivery_id}",
        f"files {delivery.files}",
        f"{MANIFEST.decode()} {delivery.manifest}",
    ]
    if renamed:
        lines.append(f"{RENAMED.decode()} {digest_of(renamed)}")
    signer = ledger_signer(runtime.settings, runtime.keys)
    return sign_note("".join(f"{line}\n" for line in lines), signer)


def _read(manifest: Spooled) -> Iterator[bytes]:
    """Yield the lines of a spooled manifest."""
    content = manifest.content
    if isinstance(content, bytes):
        yield from io.BytesIO(content)
        return
    with content.open("rb") as file:
        yield from file
