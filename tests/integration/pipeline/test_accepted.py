"""Which decisions on groups of records hold."""

from datetime import UTC, date, datetime

import pytest

from catalogue import decisions
from custody.decision import Decision
from custody.lifecycle import Action
from custody.records import accepted_in, accepting, base_of
from pipeline.steps.accepted import RecordGroup, in_force, read_scope, scope_of

GROUP = RecordGroup(schema="lab-results", code="GEN-008", host="srv 1")
NOW = datetime(2026, 3, 13, tzinfo=UTC)
LATER = date(2026, 4, 1)


def decision(n, action, until=None, actor="olga"):
    """A decision on the group."""
    return Decision(
        decision_id=f"d{n}",
        subject=GROUP.digest,
        action=action,
        scope=scope_of(GROUP, until),
        actor=actor,
        reason="why",
        at=NOW,
        signature="",
    )


def test_an_acceptance_by_one_row_is_none(runtime):
    """Whoever writes one row into the database accepts nothing by it."""
    with runtime.catalogue.write() as connection:
        alone = decision(1, Action.ACCEPT_RECORDS, LATER)
        decisions.add(connection, alone, effective=True)
        assert {} == in_force(connection, NOW)

        second = decision(2, Action.ACCEPT_RECORDS, LATER, actor="anna")
        decisions.add(connection, second, completes="d1", effective=True)
        assert {GROUP: second} == in_force(connection, NOW)
        assert {} == in_force(connection, datetime(2026, 4, 1, tzinfo=UTC))

        decisions.add(connection, decision(3, Action.WITHDRAW), effective=True)
        assert {} == in_force(connection, NOW)


def test_a_scope_is_read_as_it_was_signed():
    """The group and the end come back."""
    assert (GROUP, LATER) == read_scope(scope_of(GROUP, LATER))
    assert (GROUP, None) == read_scope(scope_of(GROUP, None))


@pytest.mark.parametrize("wrong", [{"schema": "a}b"}, {"schema": ""}, {"code": "GEN-8"}])
def test_a_group_fits_into_a_key(wrong):
    """A name that would be read as another key is refused."""
    with pytest.raises(ValueError, match="plain schema"):
        RecordGroup(**({"schema": "x", "code": "GEN-008", "host": "h"} | wrong))


@pytest.mark.parametrize("base", ["", "amounts@0123456789ab", "odd+{x}@0123456789ab"])
def test_a_contract_s_key_says_what_is_accepted(base):
    """The base and the groups come back, whatever the contract is called."""
    key = accepting(accepting(base, frozenset({GROUP.key})), frozenset({"hl7v2:GEN-008"}))

    assert (base, frozenset()) == (base_of(base), accepted_in(base))
    assert (base, {GROUP.key, "hl7v2:GEN-008"}) == (base_of(key), accepted_in(key))
    assert base == accepting(base, frozenset())
