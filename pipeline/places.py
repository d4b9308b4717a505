"""Files and folders that people name on this machine: read plainly, written where they may be."""

import os
from pathlib import Path

from catalogue import sources
from custody.errors import UsageError
from custody.source import SourceKind
from pipeline.wiring import Runtime


def read_file(path: Path) -> bytes:
    """Return the content of a small file that a person named; a pipe could block for ever.

    Raises:
        UsageError: something stands there that is no regular file.
        OSError: nothing stands there, or it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no regular file", next_step="name a file")
    return path.read_bytes()


def check_apart(runtime: Runtime, target: Path, what: str) -> None:
    """Refuse to write into the home, around it, or into a source; `what` names what is written.

    Raises:
        UsageError: it would lie there.
    """
    home, target = runtime.home.root.resolve(), target.resolve()
    if home.is_relative_to(target) or target.is_relative_to(home):
        raise UsageError(
            f"{what} does not lie in the home, nor the home in it",
            next_step="name a folder elsewhere",
        )
    with runtime.catalogue.read() as connection:
        known = sources.all_sources(connection)
    folders = [s.location for s in known if s.kind is SourceKind.DIRECTORY]
    places = [Path(os.fsdecode(folder)).resolve() for folder in folders]
    if any(target.is_relative_to(place) for place in places):
        raise UsageError(
            f"{what} does not lie in a source: the next run would take it for hospital data",
            next_step="name a folder elsewhere",
        )
