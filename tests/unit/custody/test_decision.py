"""What a person signs cannot be made to say something else."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from custody.decision import Decision, Receipt, statement
from custody.digest import digest_of
from custody.lifecycle import Action

SUBJECT = digest_of(b"letter")
facts = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"]), min_size=1
)
breaks = st.sampled_from(["\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0"])


def test_a_statement_holds_one_line_a_fact():
    """The signed bytes are readable and fixed."""
    expected = (
        b"autoclave decision v1\n"
        b"decision: d1\n"
        b"subject: " + SUBJECT.encode() + b"\n"
        b"action: release\n"
        b"actor: Aline Dupr\xc3\xa9\n"
        b"reason: false alarm, seen with the vendor\n"
    )

    assert expected == statement(
        "d1", SUBJECT, Action.RELEASE, "Aline Dupré", "false alarm, seen with the vendor"
    )


def test_a_decision_signs_its_own_facts():
    """The statement of a decision is made of its facts."""
    decision = Decision(
        decision_id="d1",
        subject=SUBJECT,
        action=Action.REJECT,
        actor="Aline",
        reason="note",
        at=datetime(2026, 3, 1, tzinfo=UTC),
        signature="",
    )

    assert statement("d1", SUBJECT, Action.REJECT, "Aline", "note") == decision.statement


@given(facts, breaks, facts, st.sampled_from(["decision_id", "actor", "reason"]))
def test_a_line_break_forges_no_fact(before, break_, after, where):
    """No separator of lines, in any fact, is accepted."""
    given_facts = {"decision_id": "d1", "actor": "Aline", "reason": "note"}
    given_facts[where] = f"{before}{break_}{after}"

    with pytest.raises(ValueError, match="single printable lines"):
        statement(
            given_facts["decision_id"],
            SUBJECT,
            Action.RELEASE,
            given_facts["actor"],
            given_facts["reason"],
        )


@pytest.mark.parametrize("blank", ["", " ", "   "])
@pytest.mark.parametrize("where", [0, 1, 2])
def test_a_blank_fact_is_refused(blank, where):
    """Nobody signs for nobody, or without a reason."""
    decision_id, actor, reason = (blank if i == where else "x" for i in range(3))

    with pytest.raises(ValueError, match="none of them blank"):
        statement(decision_id, SUBJECT, Action.RELEASE, actor, reason)


@given(st.tuples(facts, facts, facts), st.tuples(facts, facts, facts))
def test_different_facts_give_different_statements(first, second):
    """Moving a word from one fact to another changes what is signed."""
    assume(first != second)
    statements = {
        statement(decision_id, SUBJECT, Action.RELEASE, actor, reason)
        for decision_id, actor, reason in (first, second)
    }

    assert 2 == len(statements)


def test_the_action_is_signed():
    """A signed release cannot be shown as another action."""
    statements = {statement("d1", SUBJECT, action, "Aline", "note") for action in Action}

    assert len(Action) == len(statements)


def test_a_receipt_compares_by_its_content():
    """Two receipts for the same event and manifest are equal."""
    assert Receipt(event=b"e", proof="p", manifest_root="r") == Receipt(
        event=b"e", proof="p", manifest_root="r"
    )
