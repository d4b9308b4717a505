"""`autoclave validate` in the real box, alone and without a home."""

import json

import pytest

from cli.main import main
from schemas.reasons.table import BY_CODE
from tests.corpus.messages import admission, batch, result, written
from tests.corpus.tables import line, rows, table

KEYS = ["path", "path_b64", "schema", "read", "accepted", "refused", "flagged", "reasons"]
REASON_KEYS = ["code", "class", "severity", "where", "message"]


@pytest.fixture
def validate(tmp_path, capsys, monkeypatch):
    """Runs the command on files of given content; answers with code, output and errors."""
    monkeypatch.setenv("AUTOCLAVE_HOME", str(tmp_path / "home"))

    def run(*contents, options=()):
        paths = []
        for number, content in enumerate(contents):
            paths.append(tmp_path / f"extract-{number}")
            paths[-1].write_bytes(content)
        code = main(["validate", *map(str, paths), *options])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_sound_files_of_each_format_end_with_0(validate, tmp_path):
    """Each file is judged by the schema that its bytes ask for, with exactly the promised keys."""
    code, out, err = validate(
        table(*rows(20)), batch([written(admission()), written(result())]), options=("--json",)
    )
    answers = [json.loads(text) for text in out.splitlines()]

    assert (0, "") == (code, err)
    assert [KEYS, KEYS] == [list(answer) for answer in answers]
    assert [("lab-results", 20, 20, 0, 0), ("hl7v2", 2, 2, 0, 0)] == [
        tuple(answer[key] for key in KEYS[2:7]) for answer in answers
    ]
    assert not (tmp_path / "home").exists()


def test_a_refused_record_ends_with_3_and_shows_no_value(validate):
    """The reason names code, class, severity and place; the value is nowhere in the output."""
    content = table(line(1), line(2, label="=MARQUEUR(1)", loinc="718-8"))
    code, out, err = validate(content, options=("--json",))
    reasons = json.loads(out)["reasons"]

    assert 3 == code
    assert [REASON_KEYS] * 2 == [list(reason) for reason in reasons]
    assert {"TAB-005", "ID-002"} == {reason["code"] for reason in reasons}
    assert "column label" in {reason["where"] for reason in reasons}
    assert all(reason["severity"] == BY_CODE[reason["code"]].severity.value for reason in reasons)
    assert "MARQUEUR" not in out + err


def test_reasons_are_said_in_the_language_that_is_asked_for(validate):
    """French readers read French, on paper and in JSON."""
    content = table(line(1, loinc="718-8"))
    _, english, _ = validate(content)
    _, french, _ = validate(content, options=("--lang", "fr"))

    assert BY_CODE["ID-002"].english in english
    assert BY_CODE["ID-002"].french in french
    assert "1 lus = 0 acceptés + 1 refusés" in french


@pytest.mark.parametrize(
    "content", [b"", b"a;b\n1;2\n", b"\x89PNG\r\n\x1a\n" + bytes(100), table()], ids=len
)
def test_what_cannot_be_validated_ends_with_3(validate, content):
    """Nothing, unknown columns, an image, a heading alone: each is told, none is a success."""
    code, out, _ = validate(content, options=("--json",))
    answer = json.loads(out)

    assert 3 == code
    assert 0 == answer["read"]
    assert {"GEN-001", "GEN-002"} & {reason["code"] for reason in answer["reasons"]}


def test_an_own_contract_is_taken_by_its_file(validate, tmp_path):
    """A contract that the operator wrote is used without being installed."""
    contract = tmp_path / "own.yaml"
    contract.write_text("name: own\nfields:\n- {name: a, type: integer}\n- {name: b}\n")
    code, out, err = validate(b"a,b\n1,x\nz,x\n", options=("--schema", str(contract), "--json"))
    answer = json.loads(out)

    assert (3, "own", 2, 1) == (code, answer["schema"], answer["read"], answer["refused"]), err


@pytest.mark.parametrize("name", ["nothing", "absent.yaml"])
def test_an_unknown_schema_is_a_usage_error(validate, name):
    """A name that no schema has ends before anything is read."""
    code, out, err = validate(table(line(1)), options=("--schema", name))

    assert (2, "") == (code, out)
    assert name in err


def test_a_missing_file_is_exit_4(capsys, tmp_path):
    """A file that is not there is named, with the code of a source that cannot be read."""
    assert 4 == main(["validate", str(tmp_path / "absent")])
    assert "absent" in capsys.readouterr().err


def test_a_pattern_that_never_ends_is_killed(validate, tmp_path, monkeypatch):
    """An operator's pattern that explodes costs the deadline, not the machine."""
    monkeypatch.setattr("pipeline.validating.SECONDS", 3.0)
    contract = tmp_path / "own.yaml"
    contract.write_text(
        "name: own\nfields:\n- {name: a, constraints: {pattern: '(a+)+b'}}\n- {name: b}\n"
    )
    code, out, _ = validate(
        b"a,b\n" + b"a" * 60 + b",x\n", options=("--schema", str(contract), "--json")
    )

    assert 3 == code
    assert "timed out" in json.loads(out)["reasons"][0]["message"]


def test_a_contract_is_drafted_checked_and_used(validate, tmp_path, capsys):
    """What `schemas infer` prints is a contract that `check` takes and `validate` uses."""
    content = table(*rows(60))
    (tmp_path / "labo.csv").write_bytes(content)
    assert 0 == main(["schemas", "infer", str(tmp_path / "labo.csv")])
    contract = tmp_path / "draft.yaml"
    contract.write_text(capsys.readouterr().out)

    assert 0 == main(["schemas", "check", str(contract)])
    assert "12 columns, key result_id" in capsys.readouterr().out
    code, out, _ = validate(content, options=("--schema", str(contract), "--json"))
    assert (0, 60) == (code, json.loads(out)["accepted"])


def test_what_is_no_table_cannot_be_drafted(tmp_path, capsys):
    """A file without columns ends with the reason and what to do."""
    (tmp_path / "note.txt").write_text("bonjour\n")

    assert 2 == main(["schemas", "infer", str(tmp_path / "note.txt")])
    assert "does not name at least two columns" in capsys.readouterr().err


def test_every_schema_is_listed(capsys):
    """Formats and contracts are listed for people and for programs."""
    assert 0 == main(["schemas", "list", "--json"])
    names = [row["name"] for row in json.loads(capsys.readouterr().out)["schemas"]]
    assert {"hl7v2", "lab-results", "patients", "stays"} <= set(names)
    assert 0 == main(["schemas", "list"])
    assert "lab-results" in capsys.readouterr().out


def test_a_contract_is_calibrated_on_a_trusted_table(tmp_path, capsys):
    """What is printed is a contract, under which the same table has nothing refused."""
    contract, own = tmp_path / "amounts.yaml", tmp_path / "own.yaml"
    contract.write_text(
        "name: amounts\nschema: {fields: [{name: code}, {name: amount, type: integer}]}\n"
    )
    table = tmp_path / "trusted.csv"
    table.write_text("code,amount\nA,1\nB,two\n")

    assert 3 == main(["validate", str(table), "--schema", str(contract)])
    capsys.readouterr()
    assert 0 == main(["schemas", "calibrate", str(contract), str(table)])
    printed = capsys.readouterr()
    own.write_text(printed.out)
    assert "only flags now: TAB-007 column amount, 1 record" in printed.err
    assert 0 == main(["validate", str(table), "--schema", str(own)])
    table.write_text("code,amount\n")
    assert 2 == main(["schemas", "calibrate", str(contract), str(table)])
