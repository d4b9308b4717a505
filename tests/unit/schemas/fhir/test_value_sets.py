import pytest

from schemas.fhir.value_sets import Terminology

SYSTEM = {"resourceType": "CodeSystem", "url": "s", "content": "complete",
          "concept": [{"code": "a", "concept": [{"code": "b"}]}]}  # fmt: skip
PART = {"resourceType": "CodeSystem", "url": "part", "content": "fragment",
        "concept": [{"code": "a"}]}  # fmt: skip


def codes_of(*includes, **compose):
    """What a value set of these parts holds."""
    value_set = {
        "resourceType": "ValueSet",
        "url": "v",
        "compose": {"include": list(includes), **compose},
    }
    only = {
        "resourceType": "ValueSet",
        "url": "only",
        "compose": {"include": [{"system": "s", "concept": [{"code": "b"}]}]},
    }
    return Terminology([SYSTEM, PART, only, value_set]).codes("v|4.0.1")


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ({"system": "s"}, {("s", "a"), ("s", "b")}),
        ({"system": "other", "concept": [{"code": "x"}]}, {("other", "x")}),
        ({"valueSet": ["only"]}, {("s", "b")}),
    ],
)
def test_a_value_set_is_written_out(include, expected):
    """Whole systems, lists, and other sets; a hierarchy with all of its codes."""
    assert expected == codes_of(include)


@pytest.mark.parametrize(
    "include",
    [
        {"system": "part"},
        {"system": "absent"},
        {"system": "s", "filter": [{"property": "concept"}]},
        {"valueSet": ["absent"]},
        {"valueSet": ["v"]},
        {"system": "s", "valueSet": ["only"]},
        {},
    ],
)
def test_what_cannot_be_told_from_the_pack_is_unknown(include):
    """None is not an empty set: nothing is refused for a list that nobody has."""
    assert codes_of({"system": "s"}, include) is None


def test_what_excludes_or_includes_nothing_is_unknown():
    """Exclusions are not computed."""
    assert codes_of({"system": "s"}, exclude=[{"system": "s"}]) is None
    assert codes_of() is None
