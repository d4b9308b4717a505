import pytest

from schemas.fhir.primitives import FORMS


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("boolean", [True, False], ["true", 1, None]),
        ("integer", [-5, 0, 2147483647], [2147483648, 1.0, "1", True]),
        ("unsignedInt", [0], [-1]),
        ("positiveInt", [1], [0]),
        ("decimal", [1, 1.5], ["1.5", True]),
        ("string", ["x"], ["", "  ", 1]),
        ("code", ["a", "a b"], [" a", "a  b", "a\n", ""]),
        ("id", ["a-1.B"], ["a_b", "x" * 65, ""]),
        ("uri", ["http://x", "urn:oid:1.2.3", "relative"], ["a b", "urn:oid:01.2", "urn:uuid:1"]),
        ("oid", ["urn:oid:1.2.250"], ["1.2.250", "urn:oid:1.2.", "urn:oid:3.1"]),
        ("uuid", ["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"], ["urn:uuid:c757873d"]),
        ("base64Binary", ["AAAA", "AA AA\n"], ["A%AA"]),
        ("date", ["2026", "2026-02", "2024-02-29"], ["2023-02-29", "2026-1-1", "26", "2026-13"]),
        (
            "dateTime",
            ["2026", "2026-02-03", "2026-02-03T10:00:00Z", "2026-02-03T10:00:00.1234567891+01:00"],
            ["2026-02-03T10:00", "2026-02-03T10:00:00", "2026-02-30T10:00:00Z", "x"],
        ),
        ("instant", ["2026-02-03T10:00:00Z"], ["2026-02-03", "2026-02-03T10:00:00"]),
        ("time", ["10:00:00", "23:59:59.9"], ["24:00:00", "10:00", "10:00:00Z"]),
    ],
)
def test_a_primitive_has_the_form_of_its_type(kind, good, bad):
    """Each type takes what R4 writes for it and nothing else."""
    assert ([True] * len(good), [False] * len(bad)) == (
        [FORMS[kind](value) for value in good],
        [FORMS[kind](value) for value in bad],
    )


def test_the_form_of_base64_takes_no_time_on_a_hostile_text():
    """The expression that the definitions give for it would never end here."""
    assert not FORMS["base64Binary"]("A" * 100_000 + "%")
