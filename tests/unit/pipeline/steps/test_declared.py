"""Contracts that an operator declares for paths."""

import pytest

from custody.errors import UsageError
from pipeline.steps.declared import NOTHING_DECLARED, Declared, read_declarations

CONTRACT = """\
name: {name}
schema:
  fields:
    - name: code
      type: string
"""


@pytest.fixture
def contract(tmp_path):
    """Writes contracts and returns their paths."""

    def write(name):
        path = tmp_path / f"{name}.yaml"
        path.write_text(CONTRACT.format(name=name))
        return path

    return write


def test_the_first_declaration_that_fits_a_path_counts(contract):
    """Order is the operator's; other paths have none."""
    declared = read_declarations([f"a/*.csv={contract('one')}", f"*.csv={contract('two')}"])

    keys = [declared.key_for(path) for path in (b"a/x.csv", b"b/x.csv", b"x.txt", b"\xff.csv")]

    assert ["one", "two", "", "two"] == [key.partition("@")[0] for key in keys]


def test_a_key_changes_with_the_contract_s_text(contract):
    """A corrected contract validates anew."""
    path = contract("one")
    before = read_declarations([f"*={path}"]).key_for(b"x")
    path.write_text(path.read_text() + "title: corrected\n")

    assert before != read_declarations([f"*={path}"]).key_for(b"x")


def test_a_run_remembers_what_was_declared(contract):
    """Workers and a resumed run read it from the run, and need no file."""
    declared = read_declarations([f"*.csv={contract('one')}"])

    again = Declared.of({"only": [], **declared.options})

    assert declared == again
    assert "name: one" in again.text_of(again.key_for(b"x.csv"))
    assert {} == NOTHING_DECLARED.options
    assert NOTHING_DECLARED == Declared.of({"only": []})
    assert "" == again.text_of("")


@pytest.mark.parametrize("given", ["nothing", "=file.yaml", "*.csv=", "*.csv=missing.yaml"])
def test_what_declares_nothing_is_refused_with_what_to_write(given):
    """No glob, no file, or a file that is not there."""
    with pytest.raises(UsageError) as raised:
        read_declarations([given])

    assert raised.value.next_step


def test_a_file_that_is_no_contract_is_refused(tmp_path):
    """The contract's own complaint is told."""
    path = tmp_path / "no.yaml"
    path.write_text("nothing: here\n")

    with pytest.raises(UsageError, match=r"no\.yaml"):
        read_declarations([f"*={path}"])


def test_contracts_beyond_what_a_run_remembers_are_refused(contract):
    """An event of the ledger is bounded."""
    path = contract("one")
    path.write_text(path.read_text() + f"description: {'x' * 4_200_000}\n")

    with pytest.raises(UsageError, match="4194304 go"):
        read_declarations([f"*={path}"])
