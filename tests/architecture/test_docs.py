"""The documents say what the code does, row by row."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from audit.event import EventType
from cli.app import PLACES
from custody import errors
from custody.errors import EXIT_MEANINGS, AutoclaveError, ExitCode
from custody.exception import Derogation, NameWaiver, UnscannedWaiver, Waiver
from custody.fate import STAGE_FATES, VERDICT_ACTIONS, Fate
from custody.finding import Finding, FindingKind, Severity
from custody.lifecycle import MOVES, Action, Stage, advance
from custody.verdict import PRECEDENCE, Verdict, verdict_of
from schemas.identifiers.registry import IDENTIFIERS
from schemas.reasons.table import KINDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RECORDS = sorted((DOCS / "adr").glob("[0-9]*.md"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def documents() -> list[Path]:
    """Every Markdown file at the root, under docs/ and beside the code, but no environment's."""
    folders = [p for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")]
    found = [f for folder in folders for f in folder.rglob("*.md") if "node_modules" not in f.parts]
    return sorted([*ROOT.glob("*.md"), *found])


def tables(document: str) -> list[list[list[str]]]:
    """The tables of a document under docs/: rows of cells without their marks, heads first."""
    found: list[list[list[str]]] = []
    inside = False
    for line in (DOCS / document).read_text().splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
            inside = True
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if not all(set(cell) <= set("-: ") and cell for cell in cells):
            found[-1].append(cells)
    return found


def table(document: str, *head: str) -> list[list[str]]:
    """The rows of the one table of a document whose head begins with these columns."""
    fitting = [t[1:] for t in tables(document) if t[0][: len(head)] == list(head)]
    assert 1 == len(fitting), f"{document} has {len(fitting)} tables with the head {head}"
    return fitting[0]


def column(document: str, *head: str) -> list[str]:
    """The first column of such a table."""
    return [row[0] for row in table(document, *head)]


def test_every_stage_is_described_once():
    """The stages of the lifecycle page are the stages, and those that end a run have a fate."""
    rows = table("lifecycle.md", "stage", "means", "end of a run")

    assert [stage.value for stage in Stage] == [row[0] for row in rows]
    assert {stage.value for stage in STAGE_FATES} == {row[0] for row in rows if row[2] == "yes"}


def test_every_action_is_described_once():
    """The actions of the lifecycle page are the actions."""
    assert [action.value for action in Action] == column("lifecycle.md", "action", "means")


def test_every_move_is_in_the_table():
    """The moves of the lifecycle page are the permitted moves, all of them."""
    expected = [[stage.value, action.value, to.value] for (stage, action), to in MOVES.items()]

    assert expected == table("lifecycle.md", "from", "action", "to")


def test_every_verdict_leads_where_the_table_says():
    """Verdicts stand in their precedence, each with its action and the fate that follows."""
    actions = VERDICT_ACTIONS | {Verdict.CLEAN: Action.PROMOTE}
    expected = [
        [
            verdict.value,
            actions[verdict].value,
            STAGE_FATES[advance(Stage.ASSESSED, actions[verdict])].value,
        ]
        for verdict in PRECEDENCE
    ]
    rows = table("verdicts.md", "verdict", "means", "action", "fate")

    assert expected == [[row[0], row[2], row[3]] for row in rows]


@pytest.mark.parametrize("policy", ["strict", "clinical-urgent", "demo"])
def test_the_shipped_policies_lead_where_the_table_says(policy):
    """The fates in a policy's file are those of the page."""
    path = ROOT / "sanitizers" / "policies" / f"{policy}.toml"
    rows = table("verdicts.md", "verdict", "means", "action", "fate")
    documented = {row[0]: row[3] for row in rows if row[0] != Verdict.CLEAN.value}

    assert tomllib.loads(path.read_text())["fates"] == documented


def test_every_kind_of_finding_leads_where_the_table_says():
    """Each kind stands with the verdict that a suspicious finding of it asks for."""
    expected = []
    for kind in FindingKind:
        finding = Finding(scanner="s", rule="r", kind=kind, severity=Severity.SUSPICIOUS)
        verdict = verdict_of(finding)
        expected.append([kind.value, verdict.value if verdict else ""])

    assert expected == table("verdicts.md", "kind of finding", "verdict")


def test_every_fate_is_explained_with_its_stages():
    """Each fate stands with exactly the stages that end in it."""
    expected = [
        [fate.value, sorted(stage.value for stage, end in STAGE_FATES.items() if end is fate)]
        for fate in Fate
    ]
    rows = table("verdicts.md", "fate", "stages", "means")

    assert expected == [[row[0], sorted(row[1].split(", "))] for row in rows]


def test_the_equation_names_every_fate():
    """The printed equation is the sum of all fates."""
    equation = re.search(r"\*\*listed = ([a-z_ +]+)\*\*", (DOCS / "verdicts.md").read_text())

    assert equation is not None
    assert [fate.value for fate in Fate] == equation[1].split(" + ")


def test_every_kind_of_exception_is_explained():
    """The exceptions of the page are the exceptions of the code."""
    kinds = (Waiver, UnscannedWaiver, Derogation, NameWaiver)
    words = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower() for kind in kinds]

    assert words == column("verdicts.md", "exception", "loosens")


def test_every_exit_code_has_its_row():
    """Numbers, names and meanings agree with the code."""
    expected = [[str(code.value), code.name, EXIT_MEANINGS[code]] for code in ExitCode]

    assert expected == table("exit-codes.md", "code", "name", "means")


def test_every_error_has_its_row():
    """Each error stands with its parent, its exit code and its own sentence."""
    classes = [
        cls
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, AutoclaveError)
    ]
    expected = [
        [
            cls.__name__,
            "" if cls is AutoclaveError else cls.__mro__[1].__name__,
            str(cls.exit_code.value),
            cls.__doc__,
        ]
        for cls in classes
    ]

    assert expected == table("exit-codes.md", "error", "below", "code", "means")


def test_every_event_type_is_in_the_ledger_s_format():
    """The event types of the page are those that can be written."""
    assert [event.value for event in EventType] == column("ledger-format.md", "type", "when")


@pytest.mark.parametrize("step", ["inspect", "assess", "promote"])
def test_every_field_of_a_manifest_line_is_in_the_ledger_s_format(step):
    """The fields of the page are the ones that the pipeline writes, in its order."""
    tree = ast.parse((ROOT / "pipeline" / "steps" / "lines.py").read_text())
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    writer = next(f for f in functions if f.name == f"{step}_line")
    encode = next(
        n
        for n in ast.walk(writer)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "encode_line"
    )
    written = [ast.literal_eval(key) for key in encode.args[0].keys]
    documented = {row[0]: row[1] for row in table("ledger-format.md", "step", "a line holds")}

    assert written == documented[step].split(", ")


def test_every_reason_code_is_explained():
    """Codes, classes, severities and both texts of the records page are those of the code."""
    expected = [
        [k.code, k.reason_class.value, k.severity.value, k.english, k.french] for k in KINDS
    ]

    assert expected == table("records.md", "code", "class", "severity")


def test_every_identifier_is_explained():
    """The names that contracts may use stand on the records page, all of them."""
    names = [
        n.strip(" `") for row in column("records.md", "name", "checked") for n in row.split(",")
    ]

    assert sorted(IDENTIFIERS) == sorted(names)


def test_decision_records_are_numbered_without_gaps():
    """Records count from 0001 and each number is used once."""
    numbers = [int(record.name[:4]) for record in RECORDS]

    assert list(range(1, len(RECORDS) + 1)) == numbers


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.stem)
def test_every_decision_record_has_its_parts(record):
    """A record has its number in the title, a status, and says problem, choice and consequences."""
    text = record.read_text()
    heads = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]

    assert text.startswith(f"# {record.name[:4]}: ")
    assert re.search(
        r"^Status: (accepted|superseded by \d{4}), \d{4}-\d\d-\d\d$", text, re.MULTILINE
    )
    assert ["Problem", "Considered", "Decision", "Consequences"] == heads


def test_the_index_of_decisions_is_complete():
    """The index links every record under its own title."""
    titles = {r.name: r.read_text().splitlines()[0].split(": ", 1)[1] for r in RECORDS}
    rows = table("adr/README.md", "number", "decision")
    listed = {link[1]: row[1] for row in rows if (link := LINK.search(row[0]))}

    assert titles == listed


def test_the_readme_names_every_command():
    """Who reads only the first page finds each command, with the words of its help."""
    text = (ROOT / "README.md").read_text().split("\n## Commands\n", 1)[1].split("\n## ", 1)[0]

    assert [(place.name, place.summary) for place in PLACES] == re.findall(
        r"^\| `autoclave ([a-z]+)` \| (.*) \|$", text, re.MULTILINE
    )


def test_every_dependency_has_its_reason():
    """The tables of dependencies name what pyproject.toml asks for, and nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    runtime = [*project["project"]["dependencies"], *(d for extra in extras for d in extra)]

    def names(requirements: list[str]) -> list[str]:
        return sorted(re.split(r"[<>=!~;\[ ]", requirement)[0] for requirement in requirements)

    first, second = (
        sorted(row[0] for row in found[1:])
        for found in tables("adr/0009-dependencies.md")
        if "licence" in found[0]
    )
    assert names(runtime) == first
    assert names(project["dependency-groups"]["dev"]) == second


def test_every_make_target_is_explained():
    """Who wants to contribute finds every target of the Makefile that explains itself."""
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[
        0
    ].split()
    explained = re.findall(
        r"^\| `make ([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE
    )

    assert sorted(set(targets) - {"help"}) == sorted(explained)


def test_the_architecture_names_every_package():
    """Each package stands in the table of layers, on the line that import-linter knows."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = [{n.strip() for n in layer.split("|")} for layer in config["contracts"][0]["layers"]]
    rows = table("architecture.md", "layer", "packages", "for")

    assert layers == [set(re.findall(r"[a-z]+", row[1])) for row in rows]


@pytest.mark.parametrize("document", documents(), ids=lambda d: str(d.relative_to(ROOT)))
def test_no_link_leads_to_a_missing_file(document):
    """Every relative link, and every heading that it names, is there."""
    broken = []
    for target in LINK.findall(document.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        file = (document.parent / name) if name else document
        if not file.exists() or (heading and heading not in headings(file)):
            broken.append(target)

    assert [] == broken


@pytest.mark.parametrize("document", documents(), ids=lambda d: str(d.relative_to(ROOT)))
def test_no_file_is_named_that_does_not_exist(document):
    """A path of the repository, written as code, is there."""
    spans = re.findall(r"`([a-z_]+/[\w./-]*)`", document.read_text())
    ours = [span for span in spans if (ROOT / span.split("/")[0]).is_dir()]

    assert [] == [span for span in ours if not (ROOT / span).exists()]


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings."""
    lines = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize(
    "document",
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md")],
    ids=lambda d: str(d.relative_to(ROOT)),
)
def test_documents_are_whole_texts(document):
    """A document has one title at its top and ends with a line end."""
    text = document.read_text()

    assert text.startswith("# ")
    assert text.endswith("\n")


def test_the_licence_is_the_one_that_the_project_names():
    """LICENSE holds the whole Apache License 2.0."""
    text = (ROOT / "LICENSE").read_text()

    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert (
        "Apache-2.0" == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"]
    )
