"""Where words go: data to stdout, everything else to stderr, and no name unescaped to either."""

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from cli.json_lines import json_line, json_lines
from cli.tables import shown_text
from custody.box import Json
from custody.errors import StoreError

PIPED_WIDTH = 200


def emit(value: Json) -> None:
    """Write one JSON value to stdout."""
    with writing():
        sys.stdout.write(json_line(value))


def emit_all(values: Iterable[Json]) -> None:
    """Write JSON Lines to stdout as the values come."""
    for line in json_lines(values):
        with writing():
            sys.stdout.write(line)


def show(*shown: RenderableType) -> None:
    """Write tables and texts for people to stdout; plain strings are escaped, never markup."""
    console = _console(stderr=False)
    for item in shown:
        with writing():
            console.print(_safe(item), soft_wrap=isinstance(item, str | Text))


def say(*lines: str) -> None:
    """Write lines about what is going on to stderr."""
    for line in lines:
        sys.stderr.write(f"{shown_text(line).plain}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Turn a full disk behind stdout into an error of ours; a pipe that closed is no error.

    Raises:
        StoreError: the output cannot be written.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_output()
        raise StoreError(
            f"the output cannot be written: {error.strerror}", next_step="write it elsewhere"
        ) from error


def forget_output() -> None:
    """Send what is still buffered for stdout nowhere, so that the end of Python does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _safe(item: RenderableType) -> RenderableType:
    return shown_text(item) if isinstance(item, str) else item


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
