"""Delivers what was promoted into a folder: recorded first, then written, then signed.

The steps, in order:

1. The newest complete run of each source says which entries stand promoted; what was recalled or
   rejected since does not stand any more, nor what a later run of another source calls malicious.
2. The manifest of the delivery is written down: names, digests, and the decision that let each in.
3. The event with the manifest's digest is published. Nothing is in the folder yet.
4. Each file is read from the clean zone and hashed while it is written, never over another one.
5. A signed note over the manifest ends the delivery: a folder without one is not whole.
"""

import os
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from audit import manifest as custody_manifest
from audit.event import EventType, subject_of_manifest
from catalogue import deliveries, held_by, restore_sets
from catalogue.deliveries import Delivery
from cleanzone.delivery import check_empty
from custody.box import Json
from custody.digest import Digest, digest_of
from custody.errors import AutoclaveError, ExitCode, RefusedError, StoreError, UsageError
from custody.ids import new_id
from pipeline.delivering.contents import Contents, Wanted, manifest_lines, unfinished_sources
from pipeline.delivering.folder import write
from pipeline.places import check_apart
from pipeline.recording import ACTOR, Recorder
from pipeline.steps.instruments import policy_in_force
from pipeline.wiring import Runtime
from storage.interface import Spooled

STEP = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What was handed over. `renamed` files lie under a code; `unnamed` ones lost their names.

    `withheld` ones stand promoted, and were rejected, recalled or called malicious since;
    the recall of `proposed` ones waits for a person.
    """

    delivery_id: str
    destination: Path
    files: int
    size: int
    manifest: Digest
    renamed: int
    unnamed: int
    withheld: int
    proposed: int

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
            "proposed": self.proposed,
        }


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
        RefusedError: the latest run of a source that is asked for has not ended.
        StoreError: the clean zone is damaged, or the target cannot be written.
        LedgerError: the delivery cannot be recorded; nothing was written.
    """
    check_empty(destination)
    check_apart(runtime, destination, "a delivery")
    contents = Contents(wanted=Wanted(case=case, host=host, service=service))
    _check_unsealed(runtime)
    _check_ended(runtime, contents.wanted)
    manifest = _spooled(runtime, manifest_lines(runtime, contents))
    try:
        if not contents.files:
            raise _nothing(contents)
        check_room(destination, contents.size)
        delivery = _record(runtime, manifest, contents, actor)
        renamed = write(runtime, destination, manifest, delivery)
    finally:
        runtime.spool.discard(manifest)
    return Delivered(
        delivery_id=delivery.delivery_id,
        destination=destination,
        files=contents.files,
        size=contents.size,
        manifest=manifest.digest,
        renamed=renamed,
        unnamed=contents.unnamed,
        withheld=contents.withheld,
        proposed=contents.proposed,
    )


def _check_unsealed(runtime: Runtime) -> None:
    """Refuse to go round the signatures: with a set, or by policy, only opened sets go out.

    Whoever recovers an image a second time under another case's name has no set of that case.
    """
    with runtime.catalogue.read() as connection:
        sealed = restore_sets.all_sets(connection)
    if sealed:
        raise RefusedError(
            f"case {sealed[0].case_id} has a restore set, so this home hands out opened sets only",
            next_step="`autoclave restore deliver SET FOLDER`, see `autoclave restore list`",
        )
    policy = policy_in_force(runtime)
    if not policy.restore.unsealed:
        raise RefusedError(
            f"policy {policy.name} hands out opened restore sets only",
            next_step="`autoclave restore plan`, then seal, sign and open it",
        )


def _nothing(contents: Contents) -> AutoclaveError:
    if contents.proposed:
        return RefusedError(
            f"the recall of all {contents.proposed} files is proposed",
            next_step="confirm it with `autoclave rescan --confirm`, or mend the rule",
        )
    return UsageError("nothing that was asked for is promoted", next_step="see `autoclave status`")


def _check_ended(runtime: Runtime, wanted: Wanted) -> None:
    """Refuse half of a source: what the rest of a run would say of it is not known yet."""
    unfinished = unfinished_sources(runtime, wanted)
    if unfinished:
        more = f" and of {len(unfinished) - 1} more" if len(unfinished) > 1 else ""
        raise RefusedError(
            f"the latest run of source {unfinished[0]}{more} has not ended",
            next_step="run `autoclave recover` again, or deliver other hosts or services",
        )


def check_room(destination: Path, size: int) -> None:
    """Refuse a target that has not as many bytes left.

    Raises:
        StoreError: it has not, or cannot be looked at.
    """
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


def _spooled(runtime: Runtime, lines: Iterable[bytes]) -> Spooled:
    file = runtime.spool.file()
    with ExitStack() as undo:
        undo.callback(file.abandon)
        for line in lines:
            file.write(line)
        undo.pop_all()
    return file.finish()


def _record(runtime: Runtime, manifest: Spooled, contents: Contents, actor: str) -> Delivery:
    """Publish the delivery before its first byte is written."""
    wanted = contents.wanted
    now = runtime.clock()
    delivery = Delivery(
        delivery_id=new_id(now, os.urandom(10)),
        manifest=manifest.digest,
        files=contents.files,
        at=now,
    )
    recorder = Recorder(runtime=runtime, case=wanted.case, run_id="")
    event = recorder.event(
        EventType.DELIVERY_MADE,
        subject={"delivery": delivery.delivery_id, **_told(runtime, contents)},
        body={
            "manifest": manifest.digest,
            "files": contents.files,
            "bytes": str(contents.size),
            "host": wanted.host,
            "service": wanted.service,
        },
        actor=actor,
        at=now,
    )
    with runtime.catalogue.write() as connection:
        deliveries.add(connection, delivery)
        held_by.add_delivered(connection, delivery.delivery_id, sorted(contents.digests))
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return delivery


def _told(runtime: Runtime, contents: Contents) -> dict[str, Json]:
    """Store which contents are handed out, so that a recall can name the delivery."""
    lines = [custody_manifest.encode_line({"digest": d}) for d in sorted(contents.digests)]
    built = custody_manifest.build(lines)
    digest = digest_of(built.content)
    runtime.audit.put(
        built.key, Spooled(digest=digest, size=len(built.content), content=built.content)
    )
    return subject_of_manifest(built.root, STEP, 0, built.lines)
