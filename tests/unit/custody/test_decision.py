"""What a person signs cannot be made to say something else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from custody.decision import Decision, Receipt
from custody.digest import digest_of
from custody.lifecycle import Action

SUBJECT = digest_of(b"letter")
FACTS = ("decision_id", "scope", "actor", "reason")
facts = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"]), min_size=1
)
breaks = st.sampled_from(["\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0"])


def decision(**changed: str) -> Decision:
    """Return a decision with some facts changed."""
    facts = {"decision_id": "d1", "scope": "until 2026-04-01", "actor": "Aline", "reason": "note"}
    return Decision(
        **(facts | changed),
        subject=SUBJECT,
        action=Action.RELEASE,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        signature="",
    )


def test_a_statement_holds_one_line_a_fact():
    """The signed bytes are readable and fixed."""
    expected = (
        b"autoclave decision v1\n"
        b"decision: d1\n"
        b"subject: " + SUBJECT.encode() + b"\n"
        b"action: release\n"
        b"scope: until 2026-04-01\n"
        b"actor: Aline Dupr\xc3\xa9\n"
        b"reason: false alarm, seen with the vendor\n"
    )
    made = decision(actor="Aline Dupré", reason="false alarm, seen with the vendor")

    assert expected == made.statement


@given(facts, breaks, facts, st.sampled_from(FACTS))
def test_a_line_break_forges_no_fact(before, break_, after, where):
    """No separator of lines, in any fact, is accepted."""
    forged = decision(**{where: f"{before}{break_}{after}"})

    with pytest.raises(ValueError, match="single printable lines"):
        _ = forged.statement


@pytest.mark.parametrize("blank", ["", " ", "   "])
@pytest.mark.parametrize("where", FACTS)
def test_a_blank_fact_is_refused(blank, where):
    """Nobody signs for nobody, or without a reason."""
    with pytest.raises(ValueError, match="none of them blank"):
        _ = decision(**{where: blank}).statement


@given(st.tuples(facts, facts, facts, facts), st.tuples(facts, facts, facts, facts))
def test_different_facts_give_different_statements(first, second):
    """Moving a word from one fact to another changes what is signed."""
    assume(first != second)
    made = [
        decision(**dict(zip(FACTS, given_facts, strict=True))) for given_facts in (first, second)
    ]

    assert made[0].statement != made[1].statement


def test_the_action_is_signed():
    """A signed release cannot be shown as another action."""
    statements = {replace(decision(), action=action).statement for action in Action}

    assert len(Action) == len(statements)


def test_a_receipt_compares_by_its_content():
    """Two receipts for the same event and manifest are equal."""
    assert Receipt(event=b"e", proof="p", manifest_root="r") == Receipt(
        event=b"e", proof="p", manifest_root="r"
    )
