"""The tree of errors in the docstring is the tree in the code, down to the exit codes."""

import re

import pytest

import custody.errors
from custody.errors import (
    EXIT_MEANINGS,
    AutoclaveError,
    ExitCode,
    RefusedError,
    SettingsError,
)

BRANCH = re.compile(r"^(?P<indent>[│ ]*)[├└]── (?P<name>\w+)\s+(?P<meaning>.*?)\s+(?P<code>\d)$")


def descendants(error: type[AutoclaveError]) -> list[type[AutoclaveError]]:
    """Every class below an error, parents first."""
    return [d for child in error.__subclasses__() for d in (child, *descendants(child))]


def tree_of_the_docstring() -> dict[str, tuple[str, int]]:
    """Each named error with its parent and its exit code, as the docstring draws them."""
    path, tree = ["AutoclaveError"], {}
    for line in (custody.errors.__doc__ or "").splitlines():
        if match := BRANCH.match(line):
            depth = len(match["indent"]) // 4 + 1
            path[depth:] = [match["name"]]
            tree[match["name"]] = (path[depth - 1], int(match["code"]))
    return tree


def tree_of_the_code() -> dict[str, tuple[str, int]]:
    """Each error class of the module with its parent and its exit code."""
    return {
        error.__name__: (error.__mro__[1].__name__, int(error.exit_code))
        for error in descendants(AutoclaveError)
        if error.__module__ == custody.errors.__name__
    }


def test_the_drawn_tree_is_the_tree():
    """Names, parents and exit codes agree."""
    assert tree_of_the_code() == tree_of_the_docstring()


def test_every_line_of_the_drawing_is_read():
    """The test above overlooks no branch."""
    drawn = re.findall(r"[├└]── (\w+)", custody.errors.__doc__ or "")

    assert sorted(drawn) == sorted(tree_of_the_docstring())


@pytest.mark.parametrize("error", descendants(AutoclaveError), ids=lambda e: e.__name__)
def test_every_error_is_named_described_and_fails(error):
    """Each class ends in Error, has a sentence, and never ends a command as done or held."""
    assert error.__name__.endswith("Error")
    assert error.__doc__
    assert error.exit_code not in {ExitCode.DONE, ExitCode.HELD}


def test_the_root_is_an_internal_failure():
    """An error that nobody gave a code is a failure."""
    assert ExitCode.FAILED is AutoclaveError.exit_code


def test_every_exit_code_has_a_meaning():
    """The table of meanings is complete, and no two codes mean the same."""
    assert set(ExitCode) == set(EXIT_MEANINGS)
    assert len(ExitCode) == len(set(EXIT_MEANINGS.values()))


def test_exit_codes_are_the_published_ones():
    """Scripts rely on the numbers."""
    assert {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "HELD": 3,
        "SOURCE": 4,
        "REFUSED": 5,
        "UNAVAILABLE": 6,
        "INTERRUPTED": 7,
    } == {code.name: code.value for code in ExitCode}


def test_every_code_is_reached_by_an_error_or_by_a_result():
    """Only done and held are results of a run that ended well."""
    raised = {error.exit_code for error in (AutoclaveError, *descendants(AutoclaveError))}

    assert set(ExitCode) - {ExitCode.DONE, ExitCode.HELD} == raised


def test_an_error_tells_its_reason_and_the_next_step():
    """A person reads both on one line."""
    error = SettingsError("unknown setting 'wrokers'", next_step="did you mean 'workers'?")

    assert "unknown setting 'wrokers' -> did you mean 'workers'?" == str(error)
    assert ("unknown setting 'wrokers'", "did you mean 'workers'?") == (
        error.reason,
        error.next_step,
    )


def test_an_error_without_a_next_step_is_its_reason():
    """Nothing is added where there is nothing to do."""
    assert "the packs are too old" == str(RefusedError("the packs are too old"))
