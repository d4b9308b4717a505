from dataclasses import replace

import pytest

from cleanzone.restore_set import SetSignature, statement, unmet
from custody.case import CaseKind
from custody.digest import digest_of
from custody.people import Role
from custody.signing_rules import SigningRules

RULES = SigningRules(failure_roles=frozenset({Role.DATA_OWNER}))
FACTS = {
    "person": "anna",
    "role": Role.ANALYST,
    "public_key": "ssh-ed25519 AAAA",
    "reason": "compared",
}


def signed(person, role, key=""):
    """A signature by somebody, with a key of their own unless another is given."""
    return SetSignature(
        person=person, role=role, public_key=key or person, reason="r", signature="s"
    )


ANNA, BERT = signed("anna", Role.ANALYST), signed("bert", Role.APPROVER)
CERT, DORA = signed("cert", Role.AUTHORITY), signed("dora", Role.DATA_OWNER)


@pytest.mark.parametrize(
    ("kind", "signatures", "met"),
    [
        (CaseKind.ATTACK, [], False),
        (CaseKind.ATTACK, [ANNA, BERT], False),
        (CaseKind.ATTACK, [CERT], False),
        (CaseKind.ATTACK, [ANNA, CERT], True),
        (CaseKind.ATTACK, [CERT, CERT], False),
        (CaseKind.ATTACK, [CERT, signed("anna", Role.ANALYST, "cert")], False),
        (CaseKind.FAILURE, [ANNA, CERT], False),
        (CaseKind.FAILURE, [ANNA, DORA], True),
    ],
)
def test_enough_different_people_and_keys_of_the_right_roles_open(kind, signatures, met):
    """One person with two keys, and two people with one key, are one signature."""
    assert met is not bool(unmet(RULES, kind, signatures))


def test_what_is_missing_is_said_in_words():
    """The next step for whoever stands there at night."""
    needs = unmet(replace(RULES, signatures=3), CaseKind.ATTACK, [ANNA])

    assert ("2 more of 3 signatures", "the signature of the authority") == needs


def test_a_signature_is_over_every_fact_of_it():
    """Another set, document, person, role, key or reason is another statement."""
    document = digest_of(b"x")
    said = {
        statement("s1", document, **FACTS),
        statement("s2", document, **FACTS),
        statement("s1", digest_of(b"y"), **FACTS),
        *(
            statement("s1", document, **{**FACTS, name: value})
            for name, value in (
                ("person", "bert"),
                ("role", Role.AUTHORITY),
                ("public_key", "ssh-ed25519 BBBB"),
                ("reason", "looked"),
            )
        ),
    }
    assert 7 == len(said)
    with pytest.raises(ValueError, match="printable"):
        statement("s1", document, **{**FACTS, "reason": "one\nrole: authority"})
