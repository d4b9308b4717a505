import pytest

import custody.errors
from custody.box import Json, Lane, Program
from custody.errors import AutoclaveError, RulesError, SandboxError
from sandbox.programs import decode_error, encode_error, encode_program, prepare
from tests.corpus import hostile_programs

ERRORS = [
    kind
    for kind in vars(custody.errors).values()
    if isinstance(kind, type) and issubclass(kind, AutoclaveError)
]


def named(factory: str, params: Json = None) -> Program:
    """Return a program with a factory."""
    return Program(name="p", factory=factory, lane=Lane.FORKED, params=params or {})


def test_a_factory_is_found_by_its_name() -> None:
    """The module and the function make a program under its name."""
    made = prepare([named("tests.corpus.hostile_programs:neighbour")])
    assert ["p"] == list(made)
    assert hostile_programs.neighbour.__qualname__ in made["p"].__qualname__


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("absent_module:make", "ModuleNotFoundError: No module named 'absent_module'"),
        ("tests.corpus.hostile_programs:absent", "AttributeError"),
        ("tests.corpus.hostile_programs", "AttributeError"),
        ("tests.corpus.hostile_programs:raise_in_factory", "KeyError: 'absent'"),
    ],
)
def test_a_factory_that_fails_is_a_domain_error(factory: str, message: str) -> None:
    """The error names the program and what its factory raised."""
    with pytest.raises(SandboxError, match=f"program p could not be prepared: {message}"):
        prepare([named(factory)])


def test_an_error_on_purpose_passes_through() -> None:
    """What a factory says on purpose is not wrapped."""
    with pytest.raises(RulesError, match="pack 'x' does not compile"):
        prepare([named("tests.corpus.hostile_programs:refuse")])


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_crosses_the_wire(kind: type[AutoclaveError]) -> None:
    """Class, reason and next step arrive."""
    error = decode_error(encode_error(kind("why", next_step="what then")))
    assert (kind, "why", "what then") == (type(error), error.reason, error.next_step)


@pytest.mark.parametrize("fields", [{}, {"error": "unique"}, {"error": "IntEnum"}, {"error": 7}])
def test_an_unknown_error_is_the_boxs_own(fields: dict[str, Json]) -> None:
    """Only errors of the tree are raised by name."""
    assert SandboxError is type(decode_error({"reason": "why", **fields}))


def test_a_program_is_told_without_its_lane() -> None:
    """The process that gets it has one lane only."""
    expected = {"name": "p", "factory": "m:f", "params": {"a": 1}}
    assert expected == encode_program(named("m:f", {"a": 1}))
