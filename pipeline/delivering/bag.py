"""Delivers an opened restore set as a BagIt bag: recorded first, then written, verified, signed.

The steps, in order; the same command goes on after a kill:

1. The set is open, in time, and the rules are young enough. What was withdrawn since is left out.
2. The event with the digests that are handed out is published; a bag that was begun keeps its own.
3. Each file is hashed while it is written, never over another one.
4. Every file is read back from the target and hashed again.
5. The tag files: certificate, document, proof, recalls, verifier; then the manifests and the note.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from audit import manifest
from audit.event import EventType, subject_of_manifest
from audit.note import sign_note
from audit.papers import BAG_NOTE, BAG_TITLE
from catalogue import deliveries, held_by, inspections, promotions
from catalogue.deliveries import Delivery
from catalogue.restore_sets import StoredSet
from cleanzone.bag import (
    BAGIT,
    DECLARATION,
    INFO,
    PAYLOAD_MANIFEST,
    TAG_MANIFEST,
    Filling,
    Payload,
    Placed,
    manifest_line,
)
from cleanzone.delivery import RENAMED, folder_name
from custody import naming
from custody.box import Json
from custody.digest import Digest, digest_of
from custody.errors import (
    ObjectDamagedError,
    ObjectMissingError,
    RefusedError,
    StoreError,
)
from custody.ids import new_id
from custody.names import to_base64
from pipeline.delivering.begun import BEGUN, begin_words, begun
from pipeline.delivering.tags import check_opening, tag_files
from pipeline.delivering.targets import Target, target_of
from pipeline.names import Name
from pipeline.recording import ACTOR, Recorder
from pipeline.restoring.lines import lines_of
from pipeline.restoring.opening import withdrawn_of
from pipeline.restoring.readiness import check_ready
from pipeline.restoring.sign import check_in_time, set_of
from pipeline.steps.shard_view import sealed_names
from pipeline.wiring import Runtime
from sanitizers.disarming.names import name_of_copy
from storage.interface import Spooled
from storage.verified import VerifiedStore

STEP = "deliver"
Line = Mapping[str, Json]


@dataclass(slots=True)
class Bagged:
    """What was handed over; `kept` files stood there from an earlier try, each hashed again."""

    delivery_id: str
    set_id: str
    destination: str
    files: int = 0
    size: int = 0
    kept: int = 0
    renamed: int = 0
    unnamed: int = 0
    withheld: dict[Digest, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """Return what `restore deliver SET --json` prints."""
        return {
            "delivery": self.delivery_id,
            "set": self.set_id,
            "destination": self.destination,
            "files": self.files,
            "bytes": self.size,
            "kept": self.kept,
            "renamed": self.renamed,
            "unnamed": self.unnamed,
            "withheld": dict(sorted(self.withheld.items())),
        }


def deliver_set(
    runtime: Runtime, set_id: str, place: str | Path, *, service: str = "", actor: str = ACTOR
) -> Bagged:
    """Write an opened set, or one service of it, into a folder or s3://BUCKET/PREFIX as a bag.

    Raises:
        RefusedError: it is not open, has ended, was not countersigned in time, or nothing is left.
        UsageError: the place holds something that is no unfinished bag of this set.
        PolicyError: the policy's demands on rules are not met any more.
        SettingsError: nobody said how a bucket is reached.
        StoreError: the clean zone is damaged, or the target cannot be written.
    """
    target = target_of(runtime, place)
    stored = set_of(runtime, set_id)
    _check_open(runtime, stored)
    read_only = _read_only(stored, target)
    withheld = withdrawn_of(runtime, stored)
    lines = [line for line in lines_of(runtime, stored) if service in {"", line["service"]}]
    handed = [line for line in lines if line["digest"] not in withheld]
    # Names are read shard by shard.
    handed.sort(key=lambda line: (line["shard"], line["n"]))
    if not handed:
        raise RefusedError(
            f"nothing of set {set_id} that was asked for may be handed out",
            next_step="see `autoclave restore list`",
        )
    digests = {Digest(line["digest"]) for line in handed}
    began = begun(runtime, target, stored, service, digests)
    if began is None:
        target.check_new(sum(line["size"] for line in handed))
        began = _record(runtime, stored, digests, actor)
    done = Bagged(delivery_id=began, set_id=set_id, destination=str(target))
    done.withheld = {d: withheld[d] for d in {line["digest"] for line in lines} & withheld.keys()}
    with target.filling(read_only=read_only) as bag:
        bag.tag(BEGUN, [begin_words(began, set_id, service)])
        placed = list(_place_all(runtime, bag, handed, done))
        placed = list(_under_own_names(runtime, bag, placed, done))
        os.sync()
        _check_fixity(bag, placed)
        _finish(runtime, bag, stored, placed, done)
    return done


def _check_open(runtime: Runtime, stored: StoredSet) -> None:
    if stored.opened_at is None:
        raise RefusedError(
            f"set {stored.set_id} is not open", next_step="`autoclave restore open SET` first"
        )
    check_in_time(runtime, stored)
    check_opening(runtime, stored)
    check_ready(runtime)
    if stored.countersign_by is not None and runtime.ledger.now() >= stored.countersign_by:
        raise RefusedError(
            f"set {stored.set_id} was opened for urgent care and not countersigned in a day",
            next_step="`autoclave restore sign SET --as NAME`, then open it again",
        )


def _read_only(stored: StoredSet, target: Target) -> bool:
    """Whether files are handed over read-only: those of a set that urgent care opened."""
    if stored.countersign_by is not None and not target.keeps_read_only:
        raise RefusedError(
            "a set that urgent care opened is handed over read-only, which no bucket promises",
            next_step="deliver it into a folder, or have it countersigned and open it again",
        )
    return stored.countersign_by is not None


def _record(runtime: Runtime, stored: StoredSet, digests: set[Digest], actor: str) -> str:
    """Publish the delivery before its first byte is written."""
    now = runtime.clock()
    built = manifest.build([manifest.encode_line({"digest": d}) for d in sorted(digests)])
    content = Spooled(
        digest=digest_of(built.content), size=len(built.content), content=built.content
    )
    runtime.audit.put(built.key, content)
    delivery = Delivery(
        delivery_id=new_id(now, os.urandom(10)),
        manifest=built.root,
        files=len(digests),
        at=now,
        set_id=stored.set_id,
    )
    recorder = Recorder(runtime=runtime, case=stored.case_id, run_id="")
    event = recorder.event(
        EventType.DELIVERY_MADE,
        subject={
            "delivery": delivery.delivery_id,
            "set": stored.set_id,
            **subject_of_manifest(built.root, STEP, 0, built.lines),
        },
        body={"manifest": built.root, "files": delivery.files, "document": stored.document},
        actor=actor,
        at=now,
    )
    with runtime.catalogue.write() as connection:
        deliveries.add(connection, delivery)
        held_by.add_delivered(connection, delivery.delivery_id, sorted(digests))
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return delivery.delivery_id


@dataclass(frozen=True, slots=True, kw_only=True)
class InBag:
    """A file of the payload as it was placed."""

    line: Line
    original: bytes
    placed: Placed


def _place_all(
    runtime: Runtime, bag: Filling, lines: list[dict[str, Json]], done: Bagged
) -> Iterator[InBag]:
    for line, path in _named(runtime, lines):
        if path is None:
            done.unnamed += 1
            continue
        placed = bag.place(_payload(line, path), _content(runtime, line))
        done.files += 1
        done.size += line["size"]
        done.kept += placed.kept
        done.renamed += placed.mapped
        yield InBag(line=line, original=path, placed=placed)


def _under_own_names(
    runtime: Runtime, bag: Filling, placed: list[InBag], done: Bagged
) -> Iterator[InBag]:
    """Yield what was placed; what the target lists under another name lies under a code.

    Where `A` and `a` are one name, a file can stand there already as the other of the two.
    """
    there = bag.names()
    for each in placed:
        if each.placed.path in there:
            yield each
            continue
        content = _content(runtime, each.line)
        again = bag.place_coded(_payload(each.line, each.original), content)
        done.renamed += 1
        yield replace(each, placed=again)


def _content(runtime: Runtime, line: Line) -> Callable[[], BinaryIO]:
    digest = Digest(line["digest"])
    with runtime.catalogue.read() as connection:
        at = promotions.known(connection, [digest]).get(digest)
    if at is None:
        raise RefusedError(
            f"{digest} was recalled meanwhile", next_step="deliver into another folder"
        )
    return partial(VerifiedStore(runtime.clean).open, at.key, at.version, 0, line["size"], digest)


def _payload(line: Line, path: bytes) -> Payload:
    return Payload(
        base=(folder_name(line["host"]), *_volume_folder(line["volume"])),
        untrusted_path=path,
        digest=Digest(line["digest"]),
        size=line["size"],
        mode=line["mode"],
        mtime_ns=int(line["mtime_ns"]),
    )


def _volume_folder(volume: str) -> tuple[bytes, ...]:
    return (folder_name(volume),) if volume else ()


def _named(
    runtime: Runtime, lines: Iterable[dict[str, Json]]
) -> Iterator[tuple[dict[str, Json], bytes | None]]:
    """Yield each line with the name that its commitment is to; None when it was erased."""
    opened: dict[int, Mapping[int, Name]] = {}
    with runtime.catalogue.read() as connection:
        for line in lines:
            shard_id = line["shard"]
            if shard_id not in opened:
                try:
                    sealed = sealed_names(connection, shard_id)
                    opened = {shard_id: runtime.names.read_names(sealed)}
                except ObjectMissingError:
                    opened = {shard_id: {}}
            names = opened[shard_id]
            if line["n"] not in names:
                yield line, None
                continue
            name = names[line["n"]]
            if naming.commitment(name.salt, name.path) != line["name"]:
                raise ObjectDamagedError(
                    f"the name of {line['digest']} is not the one that was sealed",
                    next_step="run `autoclave audit verify --deep`",
                )
            types = inspections.known(
                connection,
                {Digest(d) for d in (line["digest"], line["original"])},
                Digest(line["profile"]),
            )
            yield line, _called(line, name.path, {d: i.media_type for d, i in types.items()})


def _called(line: Line, path: bytes, types: Mapping[Digest, str]) -> bytes:
    """Return what a copy of another type is called; everything else keeps its name."""
    original, digest = Digest(line["original"]), Digest(line["digest"])
    if original == digest or original not in types or digest not in types:
        return path
    return name_of_copy(path, types[original], types[digest])


def _check_fixity(bag: Filling, placed: Iterable[InBag]) -> None:
    """Read every file back from the target: a copy is what can be read again.

    Raises:
        StoreError: one is not what was written.
    """
    for each in placed:
        if bag.hashed(each.placed.path) != each.line["digest"]:
            raise StoreError(
                f"the target does not give back {each.line['digest']} as it was written",
                next_step="use another disk, and deliver into a new folder",
            )


def _check_alone(bag: Filling, known: Iterable[bytes]) -> None:
    """Refuse to sign a bag that holds what it should not: recalled after an earlier try, or put.

    Raises:
        RefusedError: it does.
    """
    strangers = bag.names().difference(known)
    if strangers:
        raise RefusedError(
            f"the bag holds {len(strangers)} files that do not belong in it: recalled since it was"
            " begun, or put there by somebody else",
            next_step="deliver into a new place",
        )


def _finish(
    runtime: Runtime, bag: Filling, stored: StoredSet, placed: list[InBag], done: Bagged
) -> None:
    mapped = [each for each in placed if each.placed.mapped]
    digests: dict[bytes, Digest] = {BEGUN: digest_of(bag.read(BEGUN) or b"")}
    if mapped:
        digests[RENAMED] = bag.tag(RENAMED, map(_renamed, mapped))
    with runtime.catalogue.read() as connection:
        delivery = deliveries.get(connection, done.delivery_id)
    info = _info(stored, done, stored.opened_at if delivery is None else delivery.at)
    for name, content in (
        (BAGIT, DECLARATION),
        (INFO, info),
        *tag_files(runtime, stored, done.delivery_id),
    ):
        digests[name] = bag.tag(name, [content])
    payload = sorted(placed, key=lambda each: each.placed.path)
    digests[PAYLOAD_MANIFEST] = bag.tag(
        PAYLOAD_MANIFEST,
        (manifest_line(Digest(each.line["digest"]), each.placed.path) for each in payload),
    )
    tags = bag.tag(
        TAG_MANIFEST, (manifest_line(digest, name) for name, digest in sorted(digests.items()))
    )
    _check_alone(bag, {TAG_MANIFEST, *digests, *(each.placed.path for each in placed)})
    text = "".join(
        f"{line}\n"
        for line in (
            BAG_TITLE,
            f"delivery {done.delivery_id}",
            f"set {stored.set_id}",
            f"files {done.files}",
            f"{PAYLOAD_MANIFEST.decode()} {digests[PAYLOAD_MANIFEST]}",
            f"{TAG_MANIFEST.decode()} {tags}",
        )
    )
    bag.tag(BAG_NOTE.encode(), [sign_note(text, runtime.signer).encode()])


def _renamed(each: InBag) -> bytes:
    told = {
        "host": each.line["host"],
        "volume": each.line["volume"],
        "path_b64": to_base64(each.original),
        "written_b64": to_base64(each.placed.path),
    }
    return json.dumps(told, sort_keys=True).encode() + b"\n"


def _info(stored: StoredSet, done: Bagged, at: datetime | None) -> bytes:
    urgent = "urgent care, read-only" if stored.countersign_by else "signed"
    return (
        f"Payload-Oxum: {done.size}.{done.files}\n"
        f"Bagging-Date: {at:%Y-%m-%d}\n"
        f"External-Identifier: {stored.set_id}\n"
        f"Bag-Software-Agent: Autoclave\n"
        f"Autoclave-Delivery: {done.delivery_id}\n"
        f"Autoclave-Opened: {urgent}\n"
    ).encode()
