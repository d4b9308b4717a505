"""A release: which exceptions let a held entry pass, and its way through the three steps again."""

import threading
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from catalogue import (
    entries,
    groups,
    inspections,
    name_findings,
    recalls,
    records,
    runs,
    shards,
    sources,
    splitting,
)
from catalogue.entries import EntryUpdate, StoredEntry
from catalogue.erasure import is_erased
from catalogue.runs import Run
from catalogue.shards import Step
from custody.digest import digest_of
from custody.errors import UsageError
from custody.exception import AnyException, Granted, NameWaiver, UnscannedWaiver, Waiver
from custody.finding import Finding, Severity
from custody.lifecycle import MOVES, Action, advance
from custody.outcome import NotScanned, findings_of
from custody.source import Source
from pipeline.recalling import blocking
from pipeline.selecting import declared_of
from pipeline.steps import alarms, missing
from pipeline.steps.contents import contents_of
from pipeline.steps.instruments import Instruments, OnDemandBox, open_inspector
from pipeline.steps.reconcile import reconcile
from pipeline.steps.sequence import drain_all, steps_of
from pipeline.steps.validated import Validated
from pipeline.wiring import Runtime
from sanitizers import names
from sanitizers.inspection import Inspector
from sanitizers.saying import said_of

# What sends entries back to quarantine.
PASS_AGAIN = frozenset({Action.RELEASE, Action.DISARM, Action.ACCEPT_RECORDS})


def may_move(entry: StoredEntry, action: Action) -> bool:
    """Whether a decision moves an entry; without its name it cannot pass the steps again."""
    nameless = action in PASS_AGAIN and is_erased(entry.name_key)
    return (entry.stage, action) in MOVES and not nameless


def loosenings(
    runtime: Runtime, standing: Sequence[StoredEntry], granted: Granted
) -> list[AnyException]:
    """Return an exception for each reason that stands against some entries of one content.

    Raises:
        UsageError: the rules in force have not judged it yet, so nobody knows the reasons.
    """
    inspector = open_inspector(runtime)
    with runtime.catalogue.read() as connection:
        found = [e for entry in standing for e in _against(connection, entry, inspector, granted)]
    return list(dict.fromkeys(found))


def _against(
    connection: sa.Connection, entry: StoredEntry, inspector: Inspector, granted: Granted
) -> Iterator[AnyException]:
    digest, profile = entry.digest, inspector.profile.digest
    if digest is None:
        return
    said = inspections.known(connection, [digest], profile).get(digest)
    if said is None:
        raise UsageError(
            f"{digest} was not judged with the rules that are in force now",
            next_step="run `autoclave recover` on its source again, then decide",
        )
    contents = contents_of(connection, {digest: said}, profile)
    validated = Validated(validations=records.known(connection, [digest], profile))
    judged = validated.beside(digest, said, entry.contract or "")
    outcomes = said_of(inspector.policy, digest, judged, contents)
    answered = {o.scanner for o in outcomes if not isinstance(o, NotScanned)}
    # One may speak twice: of what it saw, and of what it could not see.
    silent = {o.scanner for o in outcomes if isinstance(o, NotScanned)}
    for scanner in sorted((inspector.required.scanners - answered) | silent):
        yield UnscannedWaiver(digest=digest, scanner=scanner, granted=granted)
    for recall_id in sorted(recalls.against(connection, [digest]).get(digest, ())):
        rule = blocking.rule_of(recall_id)
        yield Waiver(digest=digest, scanner=blocking.SCANNER, rule=rule, granted=granted)
    about_name = name_findings.known(connection, [(entry.name_key, digest)], profile)
    findings = findings_of(outcomes)
    for finding in (*findings, *about_name.get((entry.name_key, digest), ())):
        if finding.severity is not Severity.INFO:
            yield _waiver(entry, finding, granted)
    for alarm in groups.of_inventory(connection, entry.inventory_id):
        if alarm.key == entry.directory_key:
            yield Waiver(digest=digest, scanner=alarms.SCANNER, rule=alarm.alarm, granted=granted)
        elif alarm.kind == missing.KIND and alarm.key == bytes.fromhex(digest):
            yield Waiver(digest=digest, scanner=missing.SCANNER, rule=alarm.alarm, granted=granted)


def code_of(loosened: Sequence[AnyException]) -> str:
    """Return a code for the reasons that some exceptions set aside, the same for the same ones.

    Two people sign it: what came up after the first one signed is not released in his name.
    """
    reasons = sorted(
        f"{type(e).__name__} {getattr(e, 'scanner', names.SCANNER)} {getattr(e, 'rule', '')}"
        for e in loosened
    )
    return digest_of("\n".join(reasons).encode())[:16]


def _waiver(entry: StoredEntry, finding: Finding, granted: Granted) -> AnyException:
    if finding.scanner == names.SCANNER:
        return NameWaiver(name_key=entry.name_key.hex(), rule=finding.rule, granted=granted)
    if entry.digest is None:
        raise RuntimeError("a finding is about a content")
    return Waiver(digest=entry.digest, scanner=finding.scanner, rule=finding.rule, granted=granted)


def sources_of(runtime: Runtime, standing: Sequence[StoredEntry]) -> list[Source]:
    """Return the sources of some entries, in a fixed order."""
    own = {entry.inventory_id for entry in standing}
    with runtime.catalogue.read() as connection:
        run_ids = {runs.of_inventory(connection, inventory_id).run_id for inventory_id in own}
        listed = [pair for i in run_ids for pair in sources.of_run(connection, i).items()]
    found = {source.source_id: source for inventory_id, source in listed if inventory_id in own}
    return [found[source_id] for source_id in sorted(found)]


def pass_again(
    runtime: Runtime, standing: Sequence[StoredEntry], action: Action = Action.RELEASE
) -> None:
    """Send entries back to quarantine by a decision, and through inspect, assess and promote."""
    opened = _branch(runtime, standing, action)
    inspector = open_inspector(runtime)
    for run in opened:
        with OnDemandBox(inspector, runtime.settings.run.workers) as box:
            with runtime.catalogue.read() as connection:
                owners = sources.of_run(connection, run.run_id)
            instruments = Instruments(inspector=inspector, box=box)
            declared = declared_of(runtime, run.options)
            steps = steps_of(runtime, run, instruments, owners, declared)
            drain_all(runtime, run.run_id, steps, threading.Event())
        reconcile(runtime, run)


def _branch(runtime: Runtime, standing: Sequence[StoredEntry], action: Action) -> list[Run]:
    """Move the entries into shards of their own, each with its assessment, in one transaction."""
    opened: dict[str, Run] = {}
    by_shard: dict[int, list[StoredEntry]] = {}
    for entry in standing:
        by_shard.setdefault(entry.shard_id, []).append(entry)
    with runtime.catalogue.write() as connection:
        for shard_id, own in by_shard.items():
            entries.update(connection, [_moved(e, action) for e in own])
            branch_id = splitting.branch(connection, shard_id, [e.entry_id for e in own])
            run = runs.of_inventory(connection, own[0].inventory_id)
            shards.add(
                connection,
                run_id=run.run_id,
                inventory_id=own[0].inventory_id,
                step=Step.ASSESS,
                lane="released",
                subject_id=branch_id,
                entries=len(own),
                size=sum(e.size for e in own),
            )
            runs.reopen(connection, run.run_id)
            opened[run.run_id] = run
    return list(opened.values())


def _moved(entry: StoredEntry, action: Action) -> EntryUpdate:
    return EntryUpdate(
        entry_id=entry.entry_id,
        stage=advance(entry.stage, action),
        digest=entry.digest,
        verdict=entry.verdict,
        reason=None,
        contract=entry.contract,
    )
