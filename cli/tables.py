"""Tables for terminals; texts in them are shown as they are, never read as markup."""

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from cli.quantities import count_text
from cli.summary import fate_words
from custody.fate import Fate
from custody.names import escape
from custody.verdict import Verdict

VERDICT_STYLES: dict[Verdict, str] = {
    Verdict.MALICIOUS: "bold red",
    Verdict.SUSPICIOUS: "red",
    Verdict.ENCRYPTED: "magenta",
    Verdict.DAMAGED: "yellow",
    Verdict.PROHIBITED: "red",
    Verdict.ACTIVE: "yellow",
    Verdict.INDETERMINATE: "cyan",
    Verdict.CLEAN: "green",
}

FATE_STYLES: dict[Fate, str] = {
    Fate.PROMOTED: "green",
    Fate.SUPERSEDED: "green",
    Fate.HELD: "bold yellow",
    Fate.SET_ASIDE: "magenta",
    Fate.REFUSED: "red",
    Fate.REJECTED: "red",
    Fate.NOT_TAKEN: "cyan",
    Fate.EXCLUDED: "dim",
}

Cell = str | int | Text


def name_text(untrusted_name: bytes) -> Text:
    """Return a name from a hostile disk: escaped, and without a meaning for the terminal."""
    return shown_text(escape(untrusted_name))


def shown_text(untrusted_text: str) -> Text:
    """Return a text that rich neither reads as markup nor passes on with control characters.

    Backslashes stay single: names in reports are escaped already, and must not be escaped twice.
    """
    return Text(escape(untrusted_text.encode("utf-8", "surrogatepass")).replace("\\\\", "\\"))


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Table:
    """Return a table; numbers stand on the right with their thousands apart."""
    held = [tuple(row) for row in rows]
    made = Table(box=None, pad_edge=False, header_style="bold")
    for position, column in enumerate(columns):
        numeric = bool(held) and all(isinstance(row[position], int) for row in held)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in held:
        made.add_row(*(_cell(value) for value in row))
    return made


def fate_table(fates: Mapping[str, int]) -> Table:
    """Return the fates of a run with their sum; all eight, so that a zero is seen too."""
    counted = [(fate, int(fates.get(fate.value, 0))) for fate in Fate]
    rows: list[Sequence[Cell]] = [
        (Text(fate_words(fate), FATE_STYLES[fate]), number) for fate, number in counted
    ]
    return table(("fate", "entries"), [*rows, ("listed", sum(number for _, number in counted))])


def verdict_table(outcomes: Mapping[str, int]) -> Table:
    """Return the verdicts that occurred, worst first."""
    return table(
        ("verdict", "entries"),
        [
            (Text(verdict.value, VERDICT_STYLES[verdict]), int(outcomes[verdict.value]))
            for verdict in Verdict
            if outcomes.get(verdict.value)
        ],
    )


def _cell(value: Cell) -> Text:
    if isinstance(value, Text):
        return value
    return Text(count_text(value)) if isinstance(value, int) else shown_text(value)
