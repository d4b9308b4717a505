import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.summary import equation_line, fate_words, next_steps, summary_lines, unexplained
from custody.fate import Fate
from custody.verdict import Verdict

RUN = "0190b0a0-0000-7000-8000-000000000000"
EQUATION = (
    "listed 230 = promoted 189 + superseded 0 + held 13 + set aside 23 + refused 3"
    " + rejected 0 + not taken 2 + excluded 0"
)

fate_counts = st.fixed_dictionaries({fate.value: st.integers(0, 10**9) for fate in Fate})


def result_of(**changes):
    """The object that `recover --json` prints for a small run, with some keys changed."""
    fates = dict.fromkeys((fate.value for fate in Fate), 0)
    fates |= {"promoted": 189, "held": 13, "set_aside": 23, "refused": 3, "not_taken": 2}
    result = {
        "run": RUN,
        "listed": 230,
        "fates": fates,
        "outcomes": {"clean": 189, "encrypted": 12, "damaged": 11, "malicious": 3},
        "promoted": 189,
        "held": 13,
        "unexplained": 0,
        "derived": {"members": 4, "disarmed": 0, "split": 0},
        "records": {"hl7v2": {"read": 55, "accepted": 54, "refused": 1}},
        "bytes": 1_500_000,
        "seconds": 11.5,
        "ledger": {"size": 1, "root": "ab" * 32},
    }
    return result | changes


def only(**counts):
    """A run in which nothing but these fates occurred."""
    fates = dict.fromkeys((fate.value for fate in Fate), 0) | counts
    return result_of(fates=fates, listed=sum(fates.values()))


def test_the_summary_says_everything_in_order():
    """The whole summary of a run, word for word."""
    assert [
        f"Run {RUN}: 230 entries listed, 1.4 MiB taken in 12 s (20 files/s)",
        EQUATION,
        "Verdicts: clean 189, damaged 11, encrypted 12, malicious 3",
        "Lost until a key or an older copy is found: damaged 11, encrypted 12",
        "Derived (not in the equation): members 4",
        "Records hl7v2: read 55 = accepted 54 + refused 1",
        "Ledger: 1 event, root abababababababab",
        "Next: `autoclave holds` shows why 13 entries wait for a person",
        "Next: `autoclave records` shows why 1 record is refused",
        "Next: run `autoclave recover` on an older snapshot for what is encrypted or damaged",
        (
            "Next: `autoclave list --stage not-taken` names the 2 entries that could not be taken,"
            " and why"
        ),
    ] == summary_lines(result_of())


@given(fate_counts)
def test_the_equation_adds_up_as_printed(fates):
    """The numbers on the line, read back, are the sum that the line claims."""
    line = equation_line(result_of(fates=fates, listed=sum(fates.values())))
    left, _, right = line.partition(" = ")
    terms = [int(term.rpartition(" ")[2].replace(",", "")) for term in right.split(" + ")]

    assert sum(terms) == int(left.removeprefix("listed ").replace(",", ""))
    assert len(Fate) == len(terms)


@given(fate_counts, st.integers(1, 10**6))
def test_an_equation_that_does_not_hold_never_looks_as_if(fates, missing):
    """A sum that does not add up is shown as such, and comes first among the next steps."""
    result = result_of(fates=fates, listed=sum(fates.values()) + missing)

    assert " = " not in equation_line(result)
    assert f"(unexplained {missing:,})" in equation_line(result)
    assert missing == unexplained(result)
    assert next_steps(result)[0].startswith("do not use this run")


def test_what_the_run_calls_unexplained_is_believed():
    """A run that reports unexplained entries is not excused by sums that fit."""
    assert 3 == unexplained(result_of(unexplained=3))
    assert 0 == unexplained(result_of())
    assert next_steps(result_of(unexplained=3))[0].startswith("do not use")


@pytest.mark.parametrize(
    ("result", "command"),
    [
        (only(promoted=5), "autoclave status"),
        (only(held=1), "autoclave holds"),
        (only(set_aside=4), "autoclave recover"),
        (only(not_taken=1), "autoclave list --stage not-taken"),
    ],
)
def test_each_end_has_its_one_next_step(result, command):
    """Every summary names one command for what is left to do."""
    steps = next_steps(result | {"records": {}})

    assert 1 == len(steps)
    assert f"`{command}`" in steps[0]


def test_refused_records_have_a_next_step_of_their_own():
    """Whoever owns the records finds the command that says why."""
    records = {"hl7v2": {"read": 9, "accepted": 7, "refused": 2}}

    steps = next_steps(only(promoted=5) | {"records": records})

    assert ["`autoclave records` shows why 2 records are refused"] == steps


def test_one_entry_is_not_called_many():
    """The words fit the number."""
    assert "`autoclave holds` shows why 1 entry waits for a person" == next_steps(only(held=1))[0]


def test_records_that_do_not_add_up_are_shown_as_such():
    """Accepted and refused must be what was read."""
    records = {"csv": {"read": 10, "accepted": 8, "refused": 1}}

    assert "Records csv: read 10 != accepted 8 + refused 1" in summary_lines(
        result_of(records=records)
    )


def test_a_run_of_no_time_and_no_records_has_no_made_up_lines():
    """What a run does not have is left out, and nothing is divided by zero."""
    bare = only()
    bare |= {"outcomes": {}, "derived": {}, "records": {}, "seconds": 0, "bytes": 0, "ledger": None}

    assert [
        f"Run {bare['run']}: 0 entries listed, 0 B taken in 0 s",
        equation_line(bare),
        "Next: nothing asks for a person; `autoclave status` shows where everything stands",
    ] == summary_lines(bare)


def test_every_verdict_can_be_counted():
    """No verdict is left out of the line of verdicts."""
    outcomes = {verdict.value: 1 for verdict in Verdict}
    line = next(line for line in summary_lines(result_of(outcomes=outcomes)) if "Verdicts" in line)

    assert all(f"{verdict.value} 1" in line for verdict in Verdict)


def test_fates_are_written_with_spaces():
    """Keys have underscores, people do not."""
    assert "set aside" == fate_words(Fate.SET_ASIDE)
