"""Where words go: data to stdout, everything else to stderr, and no name unescaped to either."""

import sys
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.text import Text

from cli.json_lines import json_line, json_lines
from cli.tables import shown_text
from custody.box import Json

PIPED_WIDTH = 200


def emit(value: Json) -> None:
    """Write one JSON value to stdout."""
    sys.stdout.write(json_line(value))


def emit_all(values: Iterable[Json]) -> None:
    """Write JSON Lines to stdout as the values come."""
    for line in json_lines(values):
        sys.stdout.write(line)


def show(*shown: RenderableType) -> None:
    """Write tables and texts for people to stdout; plain strings are escaped, never markup."""
    console = _console(stderr=False)
    for item in shown:
        console.print(_safe(item), soft_wrap=isinstance(item, str | Text))


def say(*lines: str) -> None:
    """Write lines about what is going on to stderr."""
    for line in lines:
        sys.stderr.write(f"{shown_text(line).plain}\n")
    sys.stderr.flush()


def _safe(item: RenderableType) -> RenderableType:
    return shown_text(item) if isinstance(item, str) else item


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
