"""The demonstration: a small invented hospital on its whole way, by the commands a user types."""

import csv
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.sshsig import generate, public_line, write_private_key
from catalogue import restore_sets
from cli.holding import held
from cli.hospital import DemoSource, build
from cli.output import show
from cli.source_table import COLUMNS
from custody.digest import Digest
from custody.errors import ExitCode, UsageError
from custody.people import Role
from custody.verdict import Verdict
from pipeline.anchoring.anchor import newest
from pipeline.settings import read_settings
from pipeline.wiring import open_runtime

PEOPLE = {"claire": Role.ANALYST, "marc": Role.DATA_OWNER}
AUTHORITY = "ines"
PRIVATE = 0o700

Run = Callable[[list[str]], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The one folder that a demonstration writes into, and what lies where in it."""

    root: Path

    @property
    def hospital(self) -> Path:
        """The servers as they were found."""
        return self.root / "hospital"

    @property
    def home(self) -> Path:
        """Autoclave's home."""
        return self.root / "home"

    @property
    def people(self) -> Path:
        """The keys of the invented people."""
        return self.root / "people"

    @property
    def table(self) -> Path:
        """The servers as a table."""
        return self.root / "hospital.csv"

    @property
    def delivered(self) -> Path:
        """What the clean zone hands over."""
        return self.root / "delivered"

    def key(self, person: str) -> Path:
        """The private key of one of the people."""
        return self.people / person


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command, what it is for, and how it has to end."""

    title: str
    words: Sequence[str]
    ends: ExitCode = ExitCode.DONE


def demonstrate(place: Place, run: Run) -> ExitCode:
    """Walk all steps and return DONE, or how the first step ended that did not do what it should.

    Raises:
        UsageError: the folder holds something already.
    """
    prepare(place)
    for step in steps(place):
        show("", f"== {step.title}", f"$ {command_line(place, step)}")
        end = run([*step.words, "--home", str(place.home)])
        if end != step.ends:
            show(f"this step ended with {end} instead of {step.ends.value}")
            return ExitCode(end) if end == ExitCode.INTERRUPTED else ExitCode.FAILED
    show("", *last_words(place))
    return ExitCode.DONE


def prepare(place: Place) -> None:
    """Write the hospital, its table and a key for each of the people."""
    place.root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    if any(place.root.iterdir()):
        raise UsageError(
            f"the folder {place.root} is not empty", next_step="name a new home with --home"
        )
    _write_table(place, build(place.hospital))
    place.people.mkdir(mode=PRIVATE)
    for person in (*PEOPLE, AUTHORITY):
        key = generate()
        write_private_key(place.key(person), key)
        place.key(person).with_suffix(".pub").write_text(f"{public_line(key)}\n", encoding="ascii")


def steps(place: Place) -> Iterator[Step]:
    """Yield the steps; later ones depend on what the run found."""
    yield Step(title="A home, and the fingerprint for the logbook", words=("init",))
    for person, role in PEOPLE.items():
        yield Step(
            title=f"{person} may decide as {role.value}, with a key of their own",
            words=_registration(place, person, role),
        )
    yield Step(
        title="The recovered servers: two sites, four shares",
        words=("source", "add", "--csv", str(place.table)),
    )
    yield Step(
        title="Pull, inspect, assess, promote; what is not proven clean is held",
        words=("recover",),
        ends=ExitCode.HELD,
    )
    yield Step(title="Where everything stands", words=("status",))
    yield Step(title="What waits for a person, and why", words=("holds",), ends=ExitCode.HELD)
    yield from _decisions(place)
    yield from _restored(place)
    yield Step(
        title="Verify the ledger, and the stores and the database against it",
        words=("audit", "verify", "--deep"),
    )


def command_line(place: Place, step: Step) -> str:
    """Return what a user types in the folder of the demonstration."""
    home = place.home.relative_to(place.root)
    words = [_short(place, word) for word in step.words]
    return shlex.join(["autoclave", "--home", str(home), *words])


def last_words(place: Place) -> list[str]:
    """Return where to look next."""
    return [
        f"Everything is in {place.root}; remove that folder and nothing is left.",
        "Look at:",
        f"  {place.hospital}   the servers as they were found (all invented and inert)",
        f"  {place.delivered / 'data'}   what came back clean, under its own names",
        f"  {place.delivered / 'certificate.fr.html'}   what was signed, to print",
        f"  autoclave --home {place.home} list --stage set-aside   what is lost for now",
        f"  autoclave --home {place.home} policy explain   what was demanded",
        f"  autoclave --home {place.home} recover   once more: what is known is not asked again",
        "Your own files: `autoclave recover /mnt/SERVER`",
    ]


def _decisions(place: Place) -> Iterator[Step]:
    yield Step(
        title="A malicious content is refused for good: one person suffices",
        words=_decision(
            place, "reject", chosen(place, Verdict.MALICIOUS), "claire", "malicious, not needed"
        ),
    )
    released = chosen(place, Verdict.ACTIVE)
    yield Step(
        title="A document with active content is needed: claire signs its release, and it waits",
        words=_decision(place, "release", released, "claire", "read, needed on the ward"),
        ends=ExitCode.HELD,
    )
    yield Step(
        title="marc signs too, with another key, and it passes all checks again",
        words=_decision(place, "release", released, "marc", "needed on Monday"),
    )


def _restored(place: Place) -> Iterator[Step]:
    """Yield the way of a restore set, which takes somebody outside and two who sign."""
    who = _registration(place, AUTHORITY, Role.AUTHORITY)
    yield Step(
        title="The authority may sign from now on: two who decide vouch for its key",
        words=(*who, *_signed(place, "claire", "met her")),
        ends=ExitCode.HELD,
    )
    yield Step(title="marc too", words=(*who, *_signed(place, "marc", "met her")))
    yield Step(
        title="What the ledger is now, in three lines for the logbook",
        words=("audit", "anchor", "--print"),
    )
    yield Step(
        title="They are written down: from now on nobody can rewrite what came before",
        words=(
            *("audit", "anchor", "--on-paper", "logbook 1, page 4"),
            *("--size", str(_ledger_size(place)), "--as", "claire"),
        ),
    )
    yield Step(
        title="What would come back, path by path, and what is lost",
        words=("restore", "plan"),
    )
    yield Step(
        title="claire seals it: nobody changes this set any more",
        words=("restore", "seal", "--as", "claire", "--reason", "wave 1"),
    )
    set_id = _sealed(place)
    yield Step(
        title="marc signs it for the wards; after an attack that is not enough",
        words=("restore", "sign", set_id, *_signed(place, "marc", "compared with the wards")),
        ends=ExitCode.HELD,
    )
    yield Step(
        title="The authority signs",
        words=("restore", "sign", set_id, *_signed(place, AUTHORITY, "may open again")),
    )
    yield Step(
        title="It opens: hospital systems may read it, with a certificate",
        words=("restore", "open", set_id),
    )
    yield Step(
        title="Hand it over as a bag that proves itself",
        words=("restore", "deliver", set_id, str(place.delivered)),
    )


def _registration(place: Place, person: str, role: Role) -> tuple[str, ...]:
    public = place.key(person).with_suffix(".pub")
    return ("people", "add", person, "--role", role.value, "--public-key", str(public))


def _signed(place: Place, person: str, reason: str) -> tuple[str, ...]:
    return ("--as", person, "--key", str(place.key(person)), "--reason", reason)


def _ledger_size(place: Place) -> int:
    with open_runtime(read_settings(place.home)) as runtime:
        return newest(runtime).size


def _sealed(place: Place) -> str:
    with open_runtime(read_settings(place.home)) as runtime, runtime.catalogue.read() as connection:
        return restore_sets.all_sets(connection)[-1].set_id


def _decision(place: Place, act: str, digest: Digest, person: str, reason: str) -> tuple[str, ...]:
    return (act, digest, *_signed(place, person, reason))


def chosen(place: Place, verdict: Verdict) -> Digest:
    """Return the first held content of a verdict.

    Raises:
        RuntimeError: none is held, though the hospital holds one.
    """
    with open_runtime(read_settings(place.home)) as runtime:
        for one in held(runtime, None):
            if one["verdict"] == verdict.value:
                return Digest(one["digest"])
    raise RuntimeError(f"the demonstration holds nothing {verdict.value}")


def _short(place: Place, word: str) -> str:
    path = Path(word)
    inside = path.is_absolute() and path.is_relative_to(place.root)
    return str(path.relative_to(place.root)) if inside else word


def _write_table(place: Place, found: Sequence[DemoSource]) -> None:
    with place.table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for source in found:
            rows.writerow(
                {
                    "path": str(source.folder),
                    "case": "demo",
                    "site": source.site,
                    "host": source.host,
                    "service": source.service,
                    "snapshot_time": source.snapshot_time.isoformat(),
                    # Two shares of one server and one moment are two volumes.
                    "volume": source.folder.name,
                }
            )
