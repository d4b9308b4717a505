"""Builds small homes that really recovered something, and copies of them to spoil."""

import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

from audit.ssh_keys import generate, public_line, write_private_key
from custody.people import Role
from custody.source import Source
from pipeline.deciding import people
from pipeline.deciding.signing import Signatory
from pipeline.home import Home
from pipeline.recover import Recovery
from pipeline.result import RunResult
from pipeline.settings import FILE_NAME, Settings, read_settings
from pipeline.start import Request, register
from pipeline.steps.inventory import Selection
from pipeline.stores import Stores
from pipeline.wiring import Runtime, open_runtime, open_stores
from quarantine.directory import DirectorySource
from tests.corpus.postgres import Account

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CASE = "dax-2021"
MODIFIED_NS = 1_600_000_000_000_000_000
NO_UTF8 = b"r\xe9sultats d'analyses.csv"
HOSTILE = b"two\nlines.txt"


def a_tree(root: Path) -> Path:
    """A small disk: texts, a file of its own in the vault, a hostile name, a virus, a FIFO."""
    (root / "a" / "deep").mkdir(parents=True)
    (root / "a" / "one.txt").write_bytes(b"the first report\n" * 8)
    (root / "a" / "deep" / "twice.txt").write_bytes(b"the first report\n" * 8)
    (root / "a" / "two.txt").write_bytes(b"the second report\n" * 8)
    (root / "large.txt").write_bytes(b"a line of a long report\n" * 5000)
    (root / "skipped.log").write_bytes(b"never asked for\n")
    (root / "virus.com").write_bytes(EICAR)
    (root / os.fsdecode(NO_UTF8)).write_bytes(b"name;value\nsodium;140\n")
    (root / "a" / "two.txt").chmod(0o4755)
    (root / os.fsdecode(HOSTILE)).write_bytes(b"a name that holds a line end\n")
    os.mkfifo(root / "pipe")
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, ns=(MODIFIED_NS, MODIFIED_NS))
    return root


def a_source(root: Path, host: str = "pacs", service: str = "radiology") -> Source:
    """A folder as a registered source."""
    with DirectorySource(os.fsencode(root)) as reader:
        identity = reader.identity()
    return Source(
        source_id=f"{host}-disk",
        case=CASE,
        site="dax",
        host=host,
        service=service,
        location=os.fsencode(root),
        identity=identity,
    )


def recover(runtime: Runtime, *sources: Source) -> RunResult:
    """Run the main job over sources, without what ends in .log."""
    for source in sources:
        register(runtime, source)
    request = Request(sources=sources, selection=Selection(exclude=("*.log",)))
    stop = threading.Event()
    return Recovery(runtime=runtime, request=request, stop=stop, watch=lambda _: None).run()


def a_home(folder: Path, database: Account | None = None) -> Settings:
    """A home that recovered two hosts, whose disks lie beside it, with its catalogue in a file."""
    settings = Settings(home=folder / "home")
    if database is not None:
        database.write_settings(settings.home)
        settings = read_settings(settings.home, {})
    other = folder / "records"
    other.mkdir()
    (other / "patient.txt").write_bytes(b"the first report\n" * 8)
    (other / "notes.txt").write_bytes(b"some notes\n" * 8)
    disks = a_source(a_tree(folder / "pacs")), a_source(other, "dpi", "patient-records")
    with open_runtime(settings) as runtime:
        for disk in disks:
            recover(runtime, disk)
    return settings


def stores_of(home: Path) -> Stores:
    """Return the stores of a home, wherever its settings put them."""
    return open_stores(read_settings(home, {}), Home(root=home))


def copy_of(settings: Settings, folder: Path, database: Account | None = None) -> Settings:
    """Copy a home; where its catalogue lies on a server, `database` is the copy of that."""
    home = folder / "copy"
    shutil.copytree(settings.home, home)
    copied = Settings(home=home, run=settings.run, audit=settings.audit)
    if database is None:
        return copied
    (home / FILE_NAME).unlink()
    database.write_settings(home)
    return replace(copied, catalogue=read_settings(home, {}).catalogue)


def a_person(runtime: Runtime, folder: Path, name: str, reason: str = "looked at it") -> Signatory:
    """Register somebody who may decide, with a key of their own."""
    key = generate()
    write_private_key(folder / name, key)
    person = people.person_of(name, Role.ANALYST, public_line(key))
    people.add(runtime, person, actor="engineer")
    return Signatory(actor=name, key=folder / name, reason=reason)
