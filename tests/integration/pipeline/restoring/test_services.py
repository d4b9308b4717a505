"""The checklist of a service, from a recovered home to an opened set."""

import pytest

from catalogue import restore_sets, views
from cli.readiness import readiness_lines
from pipeline.restoring.asked import Asked
from pipeline.restoring.expected import Known
from pipeline.restoring.expecting import Volume, add_reference
from pipeline.restoring.opening import open_set
from pipeline.restoring.seal import seal
from pipeline.restoring.services import readiness_of
from pipeline.restoring.sign import sign_set
from pipeline.steps.instruments import policy_in_force
from tests.corpus.homes import CASE
from tests.corpus.snapshots import HOST


def ready(runtime, *, count_records=False):
    """The only service of the home, as `status --json` tells it."""
    with runtime.catalogue.read() as connection:
        counted = views.status(connection)
    policy = policy_in_force(runtime)
    (found,) = readiness_of(runtime, counted, policy, count_records=count_records)
    return found.as_json()


def blocking(told):
    """What keeps a set from being signed and open."""
    return [item["what"] for item in told["lacks"] if item["blocks"]]


def test_each_step_takes_its_line_off_the_list(runtime, people):
    """No set, unsigned, not open, open; and the sums are the equation of all its sources."""
    told = ready(runtime)
    assert ["no-set"] == blocking(told)
    assert told["listed"] == sum(told["fates"].values())
    assert (None, 0, False) == (told["records"], told["under_way"], told["open"])
    assert "no-reference" in [item["what"] for item in told["lacks"]]

    stored = seal(runtime, Asked(), people["anna"]).stored
    assert ["unsigned", "not-open"] == blocking(ready(runtime))
    for name in ("anna", "cert"):
        sign_set(runtime, stored.set_id, people[name])
    assert ["not-open"] == blocking(ready(runtime))
    open_set(runtime, stored.set_id)

    told = ready(runtime)
    assert ([], stored.set_id, True) == (blocking(told), told["set"], told["open"])


def test_a_set_of_some_paths_opens_no_service(runtime, people):
    """What was sealed for one ward's folder is not what the service gets back."""
    stored = seal(runtime, Asked(only=("a/*",)), people["anna"]).stored
    sign_set(runtime, stored.set_id, people["anna"])
    open_set(runtime, stored.set_id, urgent=True)

    assert ["no-set"] == blocking(ready(runtime))


def test_urgent_care_is_not_open(runtime, people):
    """One signature opens for a day, and the list says who is still asked."""
    stored = seal(runtime, Asked(), people["anna"]).stored
    sign_set(runtime, stored.set_id, people["anna"])
    open_set(runtime, stored.set_id, urgent=True)

    told = ready(runtime)

    assert (["unsigned", "not-countersigned"], False) == (blocking(told), told["open"])
    assert ["the signature of the authority"] == [
        item["words"].split(" and ")[-1] for item in told["lacks"] if item["what"] == "unsigned"
    ]


def test_a_reference_takes_its_line_off_the_list(runtime):
    """Then what is missing can be said."""
    add_reference(runtime, {b"a/one.txt": Known()}, Volume(case=CASE, host=HOST), "engineer")

    assert "no-reference" not in [item["what"] for item in ready(runtime)["lacks"]]


def test_a_document_that_was_changed_is_told_and_ends_nothing(runtime, people):
    """Who looks at the status sees it, whatever somebody did to a set."""
    stored = seal(runtime, Asked(), people["anna"]).stored
    with runtime.catalogue.write() as connection:
        columns = restore_sets.restore_sets.c
        connection.execute(
            restore_sets.restore_sets.update()
            .where(columns.set_id == stored.set_id)
            .values(files=1)
        )

    assert ["unsigned", "not-open"] == blocking(ready(runtime))


@pytest.mark.parametrize("count_records", [True, False])
def test_records_are_counted_when_they_are_asked_for(runtime, count_records):
    """Every extract is asked then; accepted and refused make up what was read."""
    told = ready(runtime, count_records=count_records)
    lines = list(readiness_lines([told]))

    assert count_records is (told["records"] is not None)
    assert count_records is any("accepted +" in line for line in lines)
    assert any(line.startswith("  [!] no set of all of it was sealed") for line in lines)
