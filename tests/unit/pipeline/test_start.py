"""Beginning a run: the unfinished one goes on only if it would judge the same things alike."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from catalogue import inventories, ledger, runs, sources
from catalogue.runs import RunState
from custody.errors import PolicyError, UsageError
from custody.source import FilesystemIdentity
from pipeline.keys import naming_key_id
from pipeline.names import sealed_json
from pipeline.selecting import forget_selections, read_selection, words_of
from pipeline.start import Request, begin, register, request_of
from pipeline.steps.instruments import packs_in_force, policy_in_force
from pipeline.steps.inventory import Selection
from sanitizers.inspection import Inspector
from sanitizers.policy_file import read_policy
from tests.corpus.catalogue_rows import NOON, source

PACS, RECORDS = source("pacs"), source("records", host="dpi-01", service="patient-records")
REQUEST = Request(sources=(PACS,))


@pytest.fixture
def inspector(runtime):
    """The scanners of the home."""
    return Inspector(
        policy=policy_in_force(runtime),
        packs=packs_in_force(runtime),
        cache=runtime.home.cache,
        sandboxed=True,
    )


def told(runtime):
    """Type and body of every event so far, but those of the ledger itself."""
    runtime.ledger.publish()
    with runtime.catalogue.read() as connection:
        found = [
            json.loads(entry.body)["event"]
            for entry in ledger.entries(connection, runtime.ledger.origin)
        ]
    return [(e["type"], e) for e in found if "ledger" not in e["type"]]


def states(runtime, *active):
    """How runs stand."""
    with runtime.catalogue.read() as connection:
        return [runs.get(connection, each.run.run_id).state for each in active]


def test_a_new_run_is_on_record_with_all_that_it_judges_by(runtime, inspector):
    """Case, source, policy, profile and a commitment to the globs, before anything is listed."""
    request = Request(sources=(PACS, RECORDS), selection=Selection(exclude=("*.log",)))

    active = begin(runtime, request, inspector)

    kinds = [kind for kind, _ in told(runtime)]
    (started,) = [event for kind, event in told(runtime) if kind == "autoclave.run.started"]
    assert [
        "autoclave.case.opened",
        "autoclave.source.registered",
        "autoclave.source.registered",
        "autoclave.run.started",
    ] == kinds
    assert ["pacs", "records"] == started["subject"]["sources"]
    assert ["selection", "words"] == list(started["body"]["options"])
    assert "log" not in str(started)
    assert (inspector.policy.digest, inspector.profile.digest) == (
        started["body"]["policy"],
        started["body"]["profile"],
    )
    assert ["pacs", "records"] == [each.source_id for each in active.inventories]
    assert not active.resumed


def test_an_unfinished_run_goes_on(runtime, inspector):
    """The same sources, rules, policy and globs are the same run, and nothing new is recorded."""
    first = begin(runtime, REQUEST, inspector)
    before = told(runtime)

    second = begin(runtime, REQUEST, inspector)

    assert (first.run.run_id, first.inventories) == (second.run.run_id, second.inventories)
    assert second.resumed
    assert before == told(runtime)


def test_the_order_of_sources_does_not_matter(runtime, inspector):
    """The same sources named the other way round are the same run, each with its own inventory."""
    first = begin(runtime, Request(sources=(PACS, RECORDS)), inspector)

    second = begin(runtime, Request(sources=(RECORDS, PACS)), inspector)

    assert first.run.run_id == second.run.run_id
    assert ["records", "pacs"] == [each.source_id for each in second.inventories]


@pytest.mark.parametrize(
    "request_",
    [
        Request(sources=(PACS, RECORDS)),
        Request(sources=(RECORDS,)),
    ],
)
def test_other_sources_are_another_run(runtime, inspector, request_):
    """A run over one source is not taken for one over others, and stays open."""
    first = begin(runtime, REQUEST, inspector)

    second = begin(runtime, request_, inspector)

    assert first.run.run_id != second.run.run_id
    assert [RunState.RUNNING, RunState.RUNNING] == states(runtime, first, second)


@pytest.mark.parametrize(
    ("change", "selection"),
    [
        ({"sandboxed": False}, Selection()),
        ({"policy": read_policy("demo")}, Selection()),
        ({"engine": "yara-python"}, Selection()),
        ({}, Selection(only=("a/*",))),
        ({}, Selection(exclude=("a/*",))),
    ],
)
def test_other_instruments_or_globs_end_the_unfinished_run(runtime, inspector, change, selection):
    """Verdicts of two profiles are never mixed in one run: the old one is ended, on the record."""
    if change.get("engine"):
        pytest.importorskip("yara")
    first = begin(runtime, REQUEST, inspector)

    second = begin(runtime, replace(REQUEST, selection=selection), replace(inspector, **change))

    kinds = [kind for kind, _ in told(runtime)]
    assert first.run.run_id != second.run.run_id
    assert [RunState.FAILED, RunState.RUNNING] == states(runtime, first, second)
    assert ["autoclave.run.finished", "autoclave.run.started"] == kinds[-2:]


def test_a_run_that_ended_is_not_gone_on_with(runtime, inspector):
    """After a run is done the same command begins a new one, with a new list."""
    first = begin(runtime, REQUEST, inspector)
    with runtime.catalogue.write() as connection:
        runs.finish(connection, first.run.run_id, RunState.DONE, runtime.clock())

    second = begin(runtime, REQUEST, inspector)

    assert first.run.run_id != second.run.run_id
    with runtime.catalogue.read() as connection:
        assert 1 == len(inventories.of_run(connection, second.run.run_id))


@pytest.mark.parametrize("cases", [(), ("vivalia", "dax")])
def test_a_run_is_over_one_case(cases):
    """Sources of two cases, or none at all, are a usage error."""
    with pytest.raises(UsageError):
        Request(sources=tuple(source(case, case=case) for case in cases))


def test_registering_the_same_again_records_nothing(runtime):
    """A source that stands as it is needs no second event."""
    register(runtime, PACS)
    before = told(runtime)

    register(runtime, PACS)

    assert before == told(runtime)


@pytest.mark.parametrize(
    "changed",
    [
        {"service": "nephrology"},
        {"site": "libramont"},
        {"identity": FilesystemIdentity(filesystem="ext4:9", root=2)},
        {"snapshot_time": NOON - timedelta(days=1)},
    ],
)
def test_what_is_said_anew_of_a_source_is_recorded(runtime, changed):
    """Every change of a source is an event with all that its row needs."""
    register(runtime, PACS)
    new = replace(PACS, **changed)

    register(runtime, new)

    kind, event = told(runtime)[-1]
    assert "autoclave.source.registered" == kind
    assert (new.service, new.site, new.location.hex()) == (
        event["subject"]["service"],
        event["subject"]["site"],
        event["subject"]["location"],
    )
    with runtime.catalogue.read() as connection:
        assert new == sources.get(connection, "pacs")


def test_what_was_asked_of_a_run_is_asked_again(runtime, inspector):
    """From its id alone: sources in their order, globs, and that no other run will do."""
    asked = Request(sources=(PACS, RECORDS), selection=Selection(only=("*.dcm",)))
    run = begin(runtime, asked, inspector).run

    again = request_of(runtime, run.run_id)

    assert replace(asked, run_id=run.run_id) == again
    assert run == begin(runtime, again, inspector).run


def test_globs_whose_words_were_erased_cannot_be_asked_again(runtime, inspector):
    """Nobody knows any more what the run leaves out; the same globs begin another one."""
    asked = Request(sources=(PACS, RECORDS), selection=Selection(only=("*.dcm",)))
    run = begin(runtime, asked, inspector).run
    for each in asked.sources:
        forget_selections(runtime.names, naming_key_id(each.case, each.host))

    with pytest.raises(UsageError, match="not known any more"):
        request_of(runtime, run.run_id)

    assert run.run_id != begin(runtime, asked, inspector).run.run_id


def test_globs_that_were_exchanged_are_not_believed(runtime, inspector):
    """The words beside the names have to be those that the ledger holds a commitment to."""
    asked = Request(sources=(PACS,), selection=Selection(only=("*.dcm",)))
    run = begin(runtime, asked, inspector).run
    (told,) = words_of(run.options)
    keys = runtime.keys.naming(PACS.case, PACS.host)
    other = runtime.names.write_details(told.key, keys, ["00" * 16, '{"only": [], "exclude": []}'])
    forged = {**run.options, "words": [sealed_json(other)]}

    assert asked.selection == read_selection(runtime, run.options)
    assert read_selection(runtime, forged) is None


def test_a_run_that_ended_is_not_asked_again(runtime, inspector):
    """An ended or unknown run is a usage error."""
    run = begin(runtime, REQUEST, inspector).run
    with runtime.catalogue.write() as connection:
        runs.finish(connection, run.run_id, RunState.DONE, NOON)

    for run_id in (run.run_id, "unknown"):
        with pytest.raises(UsageError, match="is not under way"):
            request_of(runtime, run_id)


def test_a_run_that_was_asked_for_is_not_exchanged(runtime, inspector):
    """With other rules the run that was asked for is refused, and stays as it is."""
    run = begin(runtime, REQUEST, inspector).run
    other = Inspector(
        policy=read_policy("demo"),
        packs=packs_in_force(runtime),
        cache=runtime.home.cache,
        sandboxed=True,
    )

    with pytest.raises(PolicyError, match="changed since run"):
        begin(runtime, replace(REQUEST, run_id=run.run_id), other)

    with runtime.catalogue.read() as connection:
        assert RunState.RUNNING is runs.get(connection, run.run_id).state
