"""Builders of what stands in a catalogue: one server of a hospital, a run over it, entries."""

from datetime import UTC, datetime, timedelta

from catalogue import cases, entries, inventories, runs, shards, sources
from custody.digest import digest_of
from custody.entry import EntryKind
from custody.source import FilesystemIdentity, Source

NOON = datetime(2026, 5, 13, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICY = digest_of(b"policy")
PROFILE = digest_of(b"profile")


def source(source_id="pacs", **changes):
    """A source of the radiology department."""
    facts = {
        "source_id": source_id,
        "case": "vivalia",
        "site": "arlon",
        "host": "pacs-01",
        "service": "radiology",
        "location": b"/mnt/\xff" + source_id.encode(),
        "identity": FilesystemIdentity(filesystem="ext4:1", root=2),
    }
    return Source(**(facts | changes))


def run(run_id="run-1", **changes):
    """A run that has just started."""
    facts = {
        "run_id": run_id,
        "case_id": "vivalia",
        "policy": POLICY,
        "profile": PROFILE,
        "started_at": NOON,
    }
    return runs.Run(**(facts | changes))


def listed(connection, *, run_id="run-1", source_id="pacs", at=NOON):
    """Begin an inventory of a source in a new run and return its number."""
    cases.open_case(connection, "vivalia", "attack", at)
    snapshot_id = sources.register(connection, source(source_id), at)
    if runs.get(connection, run_id) is None:
        runs.start(connection, run(run_id, started_at=at))
    return inventories.begin(connection, run_id, source_id, snapshot_id)


def new_entry(ordinal, **changes):
    """A file of ten bytes whose codes follow from its ordinal."""
    facts = {
        "ordinal": ordinal,
        "name_key": ordinal.to_bytes(16, "big"),
        "directory_key": (ordinal // 2).to_bytes(16, "big"),
        "service": "radiology",
        "kind": EntryKind.FILE,
        "size": 10,
        "mtime_ns": 1_652_443_200_000_000_000,
        "mode": 0o100644,
        "inode": 2**63 + ordinal,
        "links": 1,
    }
    return entries.NewEntry(**(facts | changes))


def shard_of(connection, inventory_id, new, *, run_id="run-1"):
    """Add an inspect shard with its entries."""
    shard_id = shards.add(
        connection,
        run_id=run_id,
        inventory_id=inventory_id,
        step=shards.Step.INSPECT,
        lane="small",
        entries=len(new),
        size=sum(entry.size for entry in new),
    )
    entries.add(connection, inventory_id, shard_id, new)
    return shard_id


def complete(connection, inventory_id, count, size=None):
    """Close an inventory of entries of ten bytes."""
    inventories.complete(connection, inventory_id, count, 10 * count if size is None else size)


def shards_of(connection, counts, **placed):
    """List a whole source as inspect shards of so many entries, and return their numbers."""
    inventory_id = listed(connection, **placed)
    run_id = placed.get("run_id", "run-1")
    made = [
        shard_of(connection, inventory_id, [new_entry(i) for i in range(count)], run_id=run_id)
        for count in counts
    ]
    complete(connection, inventory_id, sum(counts))
    return made


def change(entry, stage, *, digest=None, verdict=None, reason=None):
    """An update of a stored entry."""
    return entries.EntryUpdate(
        entry_id=entry.entry_id, stage=stage, digest=digest, verdict=verdict, reason=reason
    )


def promote_shard(connection, subject_id, count):
    """Add a promote shard over the entries of an inspect shard."""
    return shards.add(
        connection,
        run_id="run-1",
        inventory_id=1,
        step=shards.Step.PROMOTE,
        lane="small",
        entries=count,
        size=10 * count,
        subject_id=subject_id,
    )
