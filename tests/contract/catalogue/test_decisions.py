from dataclasses import replace

import pytest

from catalogue import decisions, people, policies, rule_packs
from catalogue.policies import PolicyState, StoredPolicy
from catalogue.rule_packs import RulePack
from custody.decision import Decision
from custody.digest import digest_of
from custody.errors import UsageError
from custody.lifecycle import Action
from custody.people import Person, Role
from tests.corpus.catalogue_rows import MINUTE, NOON

CONTENT = digest_of(b"content")
FIRST = Decision(
    decision_id="decision-1",
    subject=CONTENT,
    action=Action.RELEASE,
    scope="until 2026-06-01",
    actor="anna",
    reason="false positive, see ticket 12",
    at=NOON,
    signature="-----BEGIN SSH SIGNATURE-----",
)
SECOND = replace(FIRST, decision_id="decision-2", actor="boris", at=NOON + MINUTE)
ANNA = Person(name="anna", role=Role.ANALYST, public_key="ssh-ed25519 AAAA1")
POLICY = StoredPolicy(
    digest=digest_of(b"strict"),
    name="strict",
    content=b"[strict]\n",
    state=PolicyState.IN_FORCE,
    at=NOON,
)
PROPOSED = replace(
    POLICY,
    digest=digest_of(b"strict 2"),
    content=b"[strict]\n# 2\n",
    state=PolicyState.PROPOSED,
    proposed_by="anna",
    reason="fewer holds",
)
PACK = RulePack(
    name="community",
    digest=digest_of(b"pack"),
    version="2026.05",
    licence="DRL-1.1",
    rules=7000,
    dated=NOON - MINUTE,
    added_at=NOON,
)


def test_a_decision_comes_back_with_the_statement_that_was_signed(writing):
    """What a person signed can be verified from the catalogue."""
    decisions.add(writing, FIRST)

    stored = decisions.get(writing, "decision-1")

    assert FIRST == stored.decision
    assert FIRST.statement == stored.decision.statement
    assert (None, False) == (stored.completes, stored.effective)
    assert decisions.get(writing, "decision-2") is None


def test_a_second_decision_completes_the_first(writing):
    """A pair is on record, and only its second half waits."""
    decisions.add(writing, FIRST)
    assert ["decision-1"] == [d.decision.decision_id for d in decisions.waiting(writing)]
    decisions.add(writing, SECOND, completes="decision-1")

    assert ["decision-2"] == [d.decision.decision_id for d in decisions.waiting(writing)]
    assert [FIRST, SECOND] == [d.decision for d in decisions.on(writing, CONTENT)]


@pytest.mark.parametrize(
    "second",
    [
        replace(SECOND, actor="anna"),
        replace(SECOND, subject=digest_of(b"other")),
        replace(SECOND, action=Action.REJECT),
    ],
)
def test_a_second_decision_is_the_same_act_by_another_person(writing, second):
    """One person is not two, and a yes to one thing is no yes to another."""
    decisions.add(writing, FIRST)

    with pytest.raises(RuntimeError, match="another person"):
        decisions.add(writing, second, completes="decision-1")


def test_a_second_decision_needs_a_first(writing):
    """Nothing cannot be completed."""
    with pytest.raises(RuntimeError, match="no first decision"):
        decisions.add(writing, SECOND, completes="decision-1")


def test_a_decision_waits_until_it_has_taken_effect(writing):
    """A decision acts once that is said, and not before."""
    decisions.add(writing, FIRST)
    decisions.mark_effective(writing, "decision-1")

    assert [] == decisions.waiting(writing)
    assert decisions.get(writing, "decision-1").effective
    with pytest.raises(RuntimeError, match="no such decision"):
        decisions.mark_effective(writing, "decision-9")


def test_a_person_comes_back_and_is_listed(writing):
    """Name, role and key survive."""
    boris = Person(name="boris", role=Role.APPROVER, public_key="ssh-ed25519 AAAA2")
    people.add(writing, boris, NOON)
    people.add(writing, ANNA, NOON)

    assert ANNA == people.get(writing, "anna")
    assert [ANNA, boris] == people.all_people(writing)
    assert people.get(writing, "chloe") is None


@pytest.mark.parametrize("same", [{"name": "anna 2"}, {"public_key": "ssh-ed25519 AAAA9"}])
def test_one_key_is_one_person(writing, same):
    """Neither a name nor a key can be registered twice."""
    people.add(writing, ANNA, NOON)

    with pytest.raises(UsageError, match="registered already"):
        people.add(writing, replace(ANNA, **same), NOON)
    assert [ANNA] == people.all_people(writing)


def test_only_some_roles_decide(writing):
    """Those who may decide are told apart, by name; the others are still registered."""
    boris = Person(name="boris", role=Role.AUDITOR, public_key="ssh-ed25519 AAAA2")
    chloe = Person(name="chloe", role=Role.AUTHORITY, public_key="ssh-ed25519 AAAA3")
    assert [] == people.who_decide(writing)

    for person in (chloe, boris, ANNA):
        people.add(writing, person, NOON)

    assert [ANNA, chloe] == people.who_decide(writing)


def test_a_new_person_is_checked_before_anybody_signs(writing):
    """The same name and the same key are told before, and nothing is stored."""
    people.add(writing, ANNA, NOON)
    boris = Person(name="boris", role=Role.APPROVER, public_key="ssh-ed25519 AAAA2")

    people.check_new(writing, boris)
    alike = [replace(boris, name=name) for name in ("anna", "Anna", "\uff41nna", "ann\u00e0")]
    for taken in (*alike, replace(boris, public_key=ANNA.public_key)):
        with pytest.raises(UsageError, match="registered already"):
            people.check_new(writing, taken)
    assert [ANNA] == people.all_people(writing)


def test_a_policy_comes_in_force_by_a_second_person(writing):
    """The approved policy replaces the one before; both are kept with their people."""
    policies.add(writing, POLICY)
    policies.add(writing, PROPOSED)
    assert POLICY == policies.in_force(writing, "strict")

    approved = policies.approve(writing, PROPOSED.digest, "boris", NOON + MINUTE)

    assert ("anna", "boris", PolicyState.IN_FORCE) == (
        approved.proposed_by,
        approved.approved_by,
        approved.state,
    )
    assert approved == policies.in_force(writing, "strict")
    assert PolicyState.REPLACED is policies.get(writing, POLICY.digest).state
    assert [POLICY.digest, PROPOSED.digest] == [p.digest for p in policies.all_policies(writing)]


def test_nobody_approves_a_policy_alone(writing):
    """The proposer, a second approval and a policy that is not there are refused."""
    policies.add(writing, PROPOSED)
    with pytest.raises(RuntimeError, match="two different people"):
        policies.approve(writing, PROPOSED.digest, "anna", NOON)
    policies.approve(writing, PROPOSED.digest, "boris", NOON)
    with pytest.raises(RuntimeError, match="only a proposed"):
        policies.approve(writing, PROPOSED.digest, "chloe", NOON)
    with pytest.raises(RuntimeError, match="only a proposed"):
        policies.approve(writing, CONTENT, "chloe", NOON)


def test_adding_a_known_policy_does_not_bring_it_back_in_force(writing):
    """A replaced built-in policy is not put back by the next start."""
    policies.add(writing, POLICY)
    policies.add(writing, PROPOSED)
    approved = policies.approve(writing, PROPOSED.digest, "boris", NOON)

    policies.add(writing, POLICY)

    assert approved == policies.in_force(writing, "strict")
    assert policies.in_force(writing, "demo") is None


def test_a_new_pack_replaces_the_one_of_its_name(writing):
    """One pack of a name is deployed, and its forerunners stay on record."""
    newer = replace(PACK, digest=digest_of(b"newer"), version="2026.06", added_at=NOON + MINUTE)
    other = replace(PACK, name="local", digest=digest_of(b"local"))
    for pack in (PACK, other, newer):
        rule_packs.deploy(writing, pack)

    assert [newer, other] == rule_packs.deployed(writing)
    assert [PACK, newer] == rule_packs.history(writing, "community")


def test_a_pack_can_be_deployed_again(writing):
    """Going back to an older pack on purpose is possible."""
    newer = replace(PACK, digest=digest_of(b"newer"), added_at=NOON + MINUTE)
    rule_packs.deploy(writing, PACK)
    rule_packs.deploy(writing, newer)
    again = replace(PACK, added_at=NOON + 2 * MINUTE)
    rule_packs.deploy(writing, again)

    assert [again] == rule_packs.deployed(writing)
