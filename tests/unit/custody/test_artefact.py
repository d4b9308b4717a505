"""Artefacts and what is derived from them."""

from custody.artefact import Artefact, Derivation, Derived
from custody.digest import digest_of


def test_a_derived_artefact_names_its_original():
    """Content made from other content says from which, how and in what order."""
    member = Derived(
        artefact=Artefact(digest=digest_of(b"member"), size=6),
        derived_from=digest_of(b"archive"),
        how=Derivation.MEMBER,
        ordinal=0,
    )

    assert (digest_of(b"archive"), Derivation.MEMBER, 0) == (
        member.derived_from,
        member.how,
        member.ordinal,
    )
    assert member.artefact.digest != member.derived_from


def test_the_ways_of_deriving_are_the_published_ones():
    """`recover --json` counts the first three under these words, members in the plural."""
    assert ["member", "disarmed", "split", "refused", "reasons", "report"] == [
        how.value for how in Derivation
    ]
