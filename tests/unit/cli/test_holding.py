import pytest

from cli.holding import why


@pytest.mark.parametrize(
    ("reason", "missing", "expected"),
    [
        (None, [], ""),
        ("names: text-direction", [], "names: text-direction"),
        (
            "a: b; yara_rules: timed out",
            [("yara_rules", "timed out"), ("integrity", "too big")],
            "a: b; yara_rules: timed out; integrity: too big",
        ),
    ],
)
def test_every_reason_is_said_once(reason, missing, expected):
    """What the judgement names and what a scanner could not do stand together, not twice."""
    not_scanned = [{"scanner": scanner, "reason": text} for scanner, text in missing]

    assert expected == why({"reason": reason, "not_scanned": not_scanned})
