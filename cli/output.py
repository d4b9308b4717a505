"""Where words go: data to stdout, everything else to stderr, and no name unescaped to either."""

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

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
    """Write JSON Lines to stdout as the values come, and no more when nobody reads them."""
    for line in json_lines(values):
        try:
            with writing(quietly=False):
                sys.stdout.write(line)
        except BrokenPipeError:
            forget(sys.stdout)
            return


def show(*shown: RenderableType) -> None:
    """Write tables and texts for people to stdout; plain strings are escaped, never markup."""
    console = _console(stderr=False)
    for item in shown:
        with writing():
            console.print(_safe(item), soft_wrap=isinstance(item, str | Text))


def say(*lines: str) -> None:
    """Write lines about what is going on to stderr."""
    try:
        for line in lines:
            sys.stderr.write(f"{shown_text(line).plain}\n")
        sys.stderr.flush()
    except BrokenPipeError:
        forget(sys.stderr)


@contextlib.contextmanager
def writing(*, quietly: bool = True) -> Iterator[None]:
    """Turn a full disk behind stdout into an error of ours; a pipe that closed is no error.

    Whoever stops reading (`| head`) hears no more, and the command ends with the code that it
    would have ended with.

    Raises:
        StoreError: the output cannot be written.
        BrokenPipeError: nobody reads it any more, and it is not to be passed over quietly.
    """
    try:
        yield
    except BrokenPipeError:
        if not quietly:
            raise
        forget(sys.stdout)
    except OSError as error:
        forget(sys.stdout)
        raise StoreError(
            f"the output cannot be written: {error.strerror}", next_step="write it elsewhere"
        ) from error


def forget(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that the end of Python does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Console(Console):
    """A console that a closed pipe does not end: rich would exit with a code of its own."""

    def on_broken_pipe(self) -> None:
        """Go on for nobody."""
        forget(sys.stdout)


def _safe(item: RenderableType) -> RenderableType:
    return shown_text(item) if isinstance(item, str) else item


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return _Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
