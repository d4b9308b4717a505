"""Moves a home's catalogue from its file to a PostgreSQL server, row by row, or not at all.

The steps, in order; until the third the home is as it was:

1. Nobody is at work in the home, nobody has the catalogue open, and the database is empty.
2. Every row is copied and every row is compared, in one transaction of the server.
3. The settings name the server. From here on every command opens the catalogue there.
4. The file says that it was moved, so that no process that still has it open goes on with it, and
   gets another name. It may be removed once the move is trusted.

Whatever ends it in between, the same command goes on: a copy that was made already is compared
again, and the steps that are left are done (`pipeline.move_left`).
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from audit.event import EventType
from audit.ledger import SEQUENCER, exclusive
from catalogue import schema, transfer
from catalogue.engine import Catalogue
from custody.box import Json
from custody.errors import CatalogueError, SettingsError, StoreError, UsageError
from custody.protocols import Clock
from pipeline.database import WORK, server_url, shown, with_password
from pipeline.home import Home
from pipeline.home_lock import alone_at_work
from pipeline.move_left import check_successor, is_marked, is_recorded
from pipeline.rebuilding.placing import InFile
from pipeline.recording import ACTOR, Recorder
from pipeline.settings import FILE_NAME, Settings, read_settings
from pipeline.wiring import open_runtime, system_clock
from storage.disk import RealDisk

SECTION = "[catalogue]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What was moved: how many rows, where to, and under which name the file stays."""

    catalogue: str
    rows: int
    kept: str

    def as_json(self) -> dict[str, Json]:
        """Return what `catalogue migrate --to --json` prints."""
        return {"catalogue": self.catalogue, "rows": self.rows, "kept": self.kept}


def migrate(
    settings: Settings,
    url: str,
    *,
    actor: str = ACTOR,
    clock: Clock = system_clock,
    environment: Mapping[str, str] = os.environ,
) -> Moved:
    """Move the catalogue of a home to a server; nothing else may work on the home meanwhile.

    Raises:
        UsageError: there is no catalogue in a file here, or the settings name a server already.
        SettingsError: the URL is none, or the settings file cannot be added to.
        CatalogueError: somebody works on it, the database holds another catalogue, or the copy is
            not the same.
    """
    home = Home(root=settings.home)
    place = with_password(server_url(url), home, environment)
    if settings.catalogue.url == url:
        return _finished(settings, home, place, actor, clock)
    _check(settings, home, url)
    with _alone(home) as opened:
        old = opened.enter_context(Catalogue.open(home.catalogue, create=False))
        new = opened.enter_context(Catalogue.open(place))
        if opened.enter_context(new.holding([SEQUENCER, WORK], wait=False)) is not None:
            raise _holds_another()
        with old.write() as ours:
            with new.write() as theirs:
                rows = _copied(ours, theirs)
            new.settle()
            name_server(settings, url)
            schema.mark_moved(ours)
    kept = _set_aside(home)
    _record(settings, rows, actor, clock)
    return Moved(catalogue=shown(place), rows=rows, kept=kept)


def _finished(settings: Settings, home: Home, place: sa.URL, actor: str, clock: Clock) -> Moved:
    """Do what a move that was cut short after its third step has left, if anything is left."""
    in_place, kept = home.catalogue.exists(), _kept(home)
    if not in_place and not kept.exists():
        raise _on_a_server()
    with _alone(home) as opened:
        new = opened.enter_context(Catalogue.open(place, create=False))
        if opened.enter_context(new.holding([SEQUENCER, WORK], wait=False)) is not None:
            raise _in_use()
        recorded = is_recorded(new)
        if recorded and not in_place:
            raise _on_a_server()
        if in_place and not is_marked(home.catalogue):
            old = opened.enter_context(Catalogue.open(home.catalogue, create=False))
            with old.write() as ours, new.read() as theirs:
                check_successor(ours, theirs)
                schema.mark_moved(ours)
        with new.read() as connection:
            rows = transfer.count(connection)
    if in_place:
        _set_aside(home)
    if not recorded:
        _record(settings, rows, actor, clock)
    return Moved(catalogue=shown(place), rows=rows, kept=str(kept))


@contextmanager
def _alone(home: Home) -> Iterator[ExitStack]:
    """Keep everybody else out of a home, and what is opened meanwhile open until then."""
    with ExitStack() as opened:
        opened.enter_context(exclusive(home.ledger_lock))
        opened.enter_context(alone_at_work(home.work_lock))
        opened.enter_context(InFile(home.catalogue).alone())
        yield opened


def name_server(settings: Settings, url: str) -> None:
    """Write the URL of a catalogue into a home's settings file, durably and at once.

    Raises:
        SettingsError: the file has a section about the catalogue already.
        StoreError: it cannot be written.
    """
    path = settings.home / FILE_NAME
    new = path.with_name(f"{FILE_NAME}.new")
    disk = RealDisk()
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if SECTION in (line.strip() for line in text.splitlines()):
            raise SettingsError(
                f"{path} has a section {SECTION} already", next_step="remove it, then try again"
            )
        parts = [text.rstrip("\n"), SECTION, f"url = {json.dumps(url)}", ""]
        new.touch(mode=0o600)
        new.write_text("\n".join(parts).lstrip("\n"), encoding="utf-8")
        disk.sync(new)
        disk.rename(new, path)
        disk.sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}", next_step="make the home writable"
        ) from error


def _check(settings: Settings, home: Home, url: str) -> None:
    if settings.catalogue.url:
        raise _on_a_server()
    if not home.catalogue.exists():
        raise UsageError(
            "there is no catalogue at this home",
            next_step=f"make a new home on the server with `autoclave init --catalogue {url}`",
        )


def _copied(old: sa.Connection, new: sa.Connection) -> int:
    """Fill an empty catalogue, or take one that an earlier attempt has filled with the same."""
    if transfer.is_empty(new):
        transfer.copy_all(old, new)
        return transfer.check_same(old, new)
    try:
        return transfer.check_same(old, new)
    except CatalogueError as error:
        raise _holds_another() from error


def _on_a_server() -> UsageError:
    return UsageError(
        "the catalogue of this home lies on a server already",
        next_step="see catalogue.url in its settings",
    )


def _in_use() -> CatalogueError:
    return CatalogueError("the database is in use", next_step="end what works on the home")


def _holds_another() -> CatalogueError:
    return CatalogueError(
        "the database holds another catalogue, or is in use",
        next_step="give an empty database, or another ?schema=",
    )


def _kept(home: Home) -> Path:
    """Return the name under which the file of a catalogue stays."""
    return home.catalogue.with_name(f"{home.catalogue.name}.moved")


def _set_aside(home: Home) -> str:
    kept = _kept(home)
    disk = RealDisk()
    try:
        disk.rename(home.catalogue, kept)
        disk.sync_folder(home.root)
    except OSError as error:
        raise StoreError(
            f"the old catalogue cannot be set aside: {error.strerror}",
            next_step="the move is done: rename the file yourself",
        ) from error
    return str(kept)


def _record(settings: Settings, rows: int, actor: str, clock: Clock) -> None:
    with open_runtime(read_settings(settings.home), clock) as runtime:
        recorder = Recorder(runtime=runtime, case="", run_id="")
        event = recorder.event(EventType.CATALOGUE_MOVED, body={"rows": rows}, actor=actor)
        recorder.record(event)
        runtime.ledger.publish()
