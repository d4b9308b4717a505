"""Seals a restore set: the plan becomes a manifest and a document that nobody changes any more.

The steps, in order:

1. The policy in force may seal, its demands on rules are met, and every run has ended.
2. An anchor outside covers what the ledger says of the files, as the policy asks.
3. The plan is walked; each file that comes back is a line, under the commitment to its name.
4. Manifest and document are stored in the audit store.
5. One transaction stores the set and the event that names both; it is published.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from audit import manifest
from audit.event import EventType, canonical, subject_of_manifest, timestamp
from audit.manifest import Manifest
from catalogue import artefacts, manifests, policies, restore_sets
from catalogue.restore_sets import StoredSet
from cleanzone.restore_set import document_key
from custody.box import Json
from custody.digest import Digest, digest_of
from custody.errors import PolicyError, RefusedError, UsageError
from custody.ids import new_id
from custody.naming import commitment
from pipeline.anchoring.covering import covering
from pipeline.deciding.signing import Signatory, deciding_person
from pipeline.names import Name
from pipeline.reading import NameReader
from pipeline.recording import Recorder
from pipeline.restoring.asked import Asked
from pipeline.restoring.plan import Plan, Proposed, paths, plan_of
from pipeline.restoring.readiness import check_ready
from pipeline.restoring.telling import Sums
from pipeline.steps.shard_view import decision_on
from pipeline.wiring import Runtime
from sanitizers.policy import Policy
from sanitizers.policy_file import parse_policy, shipped_with
from storage.interface import Spooled

STEP = "seal"
FORMAT = "autoclave restore set v1"
# What is sealed is in memory as a whole when it is delivered.
MOST_FILES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A set as it was sealed, and the sums of its plan."""

    stored: StoredSet
    sums: Sums


def seal(runtime: Runtime, asked: Asked, signatory: Signatory) -> Sealed:
    """Fix what a plan proposes; nothing can be read before enough people signed it.

    Raises:
        PolicyError: the policy in force cannot seal, or its demands on rules are not met.
        RefusedError: a run that is asked has not ended, or nobody outside knows what the ledger
            says of it.
        SignatureError: who seals is not registered, or may not decide.
        UsageError: nothing comes back, or too many files for one set.
    """
    person = deciding_person(runtime, signatory.actor)
    policy = check_ready(runtime)
    if not policy.seals:
        raise PolicyError(
            f"policy {policy.name} cannot seal a restore set",
            next_step="recover under another policy: `policy.name` in the settings",
        )
    if not (signatory.reason.strip() and signatory.reason.isprintable()):
        raise UsageError("a reason is one printable line", next_step="give another --reason")
    sums = Sums()
    with runtime.catalogue.read() as connection:
        plan = plan_of(connection, asked)
        _check_ended(plan)
        _check_judged(connection, plan)
        anchor = covering(runtime, _rests_upon(runtime, connection, plan), policy.restore.anchor)
        lines = _Lines(runtime, connection, plan, sums)
        built = manifest.build(_some(lines.encoded()))
    stored, document = _document(
        runtime, plan, built, sums, anchor=anchor, policy=policy, signatory=signatory
    )
    for key, content in ((built.key, built.content), (document_key(stored.set_id), document)):
        runtime.audit.put(key, _spooled(content))
    _record(runtime, stored, built, lines.digests, person.name)
    return Sealed(stored=stored, sums=sums)


def _check_ended(plan: Plan) -> None:
    if plan.unfinished:
        raise RefusedError(
            f"the latest run of source {plan.unfinished[0]} has not ended",
            next_step="run `autoclave recover` again, then seal",
        )


def _check_judged(connection: sa.Connection, plan: Plan) -> None:
    """Refuse what was judged under a policy that may not seal, or that nobody knows any more."""
    for digest in {inventory.policy for inventory in plan.inventories}:
        stored = policies.get(connection, digest)
        policy = parse_policy(stored.content) if stored else shipped_with(digest)
        if policy is None or not policy.seals:
            name = digest if policy is None else policy.name
            raise PolicyError(
                f"a source was judged under policy {name}, which cannot seal a restore set",
                next_step="run `autoclave recover` again under the policy in force, then seal",
            )


def _rests_upon(runtime: Runtime, connection: sa.Connection, plan: Plan) -> int:
    """Return how many entries of the ledger an anchor has to cover.

    What an earlier log of this home says is covered by the first entry of the one that follows it,
    which cites its end.
    """
    inventories = [inventory.inventory_id for inventory in plan.inventories]
    last = manifests.last_of_inventories(connection, runtime.ledger.origin, inventories)
    return 1 if last is None else last + 1


def _some(lines: Iterator[bytes]) -> Iterator[bytes]:
    count = 0
    for count, line in enumerate(lines, 1):
        if count > MOST_FILES:
            raise UsageError(
                f"a restore set holds at most {MOST_FILES} files",
                next_step="seal one host or service at a time, or paths with --only",
            )
        yield line
    if not count:
        raise UsageError(
            "nothing that was asked for can come back", next_step="see `autoclave restore plan`"
        )


class _Lines:
    """The lines of a set's manifest, and the contents in them."""

    def __init__(self, runtime: Runtime, connection: sa.Connection, plan: Plan, sums: Sums) -> None:
        self._runtime, self._connection, self._plan, self._sums = runtime, connection, plan, sums
        self._names = NameReader(runtime)
        self._decisions: dict[int, Digest] = {}
        self.digests: set[Digest] = set()

    def encoded(self) -> Iterator[bytes]:
        """Yield a line for every file that comes back, and count every path."""
        for proposed in paths(self._runtime, self._connection, self._plan):
            digest = proposed.enters
            if digest is None:
                self._sums.count(proposed, 0)
                continue
            # The version that comes back has a name of its own, with its own salt.
            name = self._names.name(self._connection, proposed.entry)
            if name is None:
                self._plan.unnamed += 1
                continue
            size = artefacts.known(self._connection, [digest])[digest].size
            self._sums.count(proposed, size)
            self.digests.add(digest)
            yield manifest.encode_line(self._line(proposed, name, digest, size))
        self._sums.close(self._plan)

    def _line(self, proposed: Proposed, name: Name, digest: Digest, size: int) -> dict[str, Json]:
        entry, chosen = proposed.entry, proposed.choice.chosen
        if chosen is None:
            raise RuntimeError("what comes back has a version")
        return {
            "name": commitment(name.salt, name.path),
            "shard": entry.shard_id,
            "n": entry.ordinal,
            "host": proposed.shelf.host,
            "volume": proposed.shelf.name,
            "service": entry.service,
            "source": chosen.snapshot.source_id,
            "snapshot": timestamp(chosen.snapshot.taken_at),
            "decryptor": chosen.snapshot.decryptor or None,
            "digest": digest,
            "original": entry.digest,
            "size": size,
            "mtime_ns": str(entry.mtime_ns),
            "mode": entry.mode,
            "marks": [mark.value for mark in proposed.choice.marks],
            "decision": self._decision(entry.shard_id),
            "profile": proposed.shelf.inventories[entry.inventory_id].profile,
        }

    def _decision(self, shard_id: int) -> Digest:
        if shard_id not in self._decisions:
            self._decisions[shard_id] = decision_on(self._connection, shard_id).root
        return self._decisions[shard_id]


def _document(
    runtime: Runtime,
    plan: Plan,
    built: Manifest,
    sums: Sums,
    *,
    anchor: Mapping[str, Json] | None,
    policy: Policy,
    signatory: Signatory,
) -> tuple[StoredSet, bytes]:
    """Return the set and its document: what is signed, without any name of a file."""
    now = runtime.ledger.now()
    set_id = new_id(now, os.urandom(10))
    until = now + timedelta(days=policy.restore.days)
    document = canonical(
        {
            "format": FORMAT,
            "set": set_id,
            **_asked_words(plan),
            "manifest": built.root,
            "files": sums.restored,
            "plan": sums.as_json() | {"bytes": str(sums.size)},
            "policy": policy.digest,
            "anchor": None if anchor is None else dict(anchor),
            "sealed_at": timestamp(now),
            "until": timestamp(until),
            "sealed_by": signatory.actor,
            "reason": signatory.reason,
        }
    )
    stored = StoredSet(
        set_id=set_id,
        case_id=plan.case.case_id,
        kind=plan.case.terms.kind.value,
        service=plan.asked.service,
        document=digest_of(document),
        manifest=built.root,
        files=sums.restored,
        size=sums.size,
        at=now,
        until=until,
    )
    return stored, document


def _asked_words(plan: Plan) -> dict[str, Json]:
    """Return what was asked for; globs over paths may hold names, and are not told."""
    asked, case = plan.asked, plan.case
    cut_off = asked.until(case)
    return {
        "case": case.case_id,
        "kind": case.terms.kind.value,
        "intrusion": timestamp(case.intrusion_at) if case.intrusion_at else None,
        "cut_off": timestamp(cut_off) if cut_off else None,
        "service": asked.service,
        "site": asked.site,
        "host": asked.host,
        "paths": "some" if asked.only else "all",
        "sources": sorted({i.source_id for i in plan.inventories}),
        "runs": sorted({i.run_id for i in plan.inventories}),
    }


def _record(
    runtime: Runtime, stored: StoredSet, built: Manifest, digests: set[Digest], actor: str
) -> None:
    recorder = Recorder(runtime=runtime, case=stored.case_id, run_id="")
    event = recorder.event(
        EventType.RESTORE_SEALED,
        subject={
            "set": stored.set_id,
            **subject_of_manifest(built.root, STEP, 0, built.lines),
        },
        body={
            "document": stored.document,
            "kind": stored.kind,
            "service": stored.service,
            "files": stored.files,
            "bytes": str(stored.size),
            "until": timestamp(stored.until),
        },
        actor=actor,
        at=stored.at,
    )
    with runtime.catalogue.write() as connection:
        restore_sets.add(connection, stored, sorted(digests))
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()


def _spooled(content: bytes) -> Spooled:
    return Spooled(digest=digest_of(content), size=len(content), content=content)
