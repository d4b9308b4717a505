from custody.digest import digest_of
from pipeline.steps.missing import Missing, missing_of

DIGEST = digest_of(b"a table")


def test_what_is_missing_travels_through_an_event():
    """The ledger alone tells it again."""
    found = Missing(digest=DIGEST, contract="results@1", resource="people", rows=9, orphans=2)

    assert found == missing_of(found.told)
    assert ("references", bytes.fromhex(DIGEST)) == (found.stored().kind, found.stored().key)


def test_the_finding_says_how_many_rows_and_why():
    """Numbers and names of tables; no value."""
    some = Missing(digest=DIGEST, contract="c", resource="people", rows=9, orphans=2)
    none = Missing(digest=DIGEST, contract="c", resource="people", reason="no such table")

    (finding,) = some.outcome().findings
    assert ("missing-reference", "people: 2 of 9 rows (TAB-015)") == (finding.rule, finding.where)
    (finding,) = none.outcome().findings
    assert ("unproven-reference", "people: no such table") == (finding.rule, finding.where)
