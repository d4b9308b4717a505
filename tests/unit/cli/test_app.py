import subprocess
import sys

import pytest

from cli.app import PLACES
from custody.errors import EXIT_MEANINGS

HEAVY = ("sqlalchemy", "alembic", "cryptography", "yara_x", "rich.progress", "prefect")


def leaves():
    """Every command that does something, as it is typed, with its parsed form."""
    for place in PLACES:
        loaded = place.load()
        subcommands = getattr(loaded, "commands", {})
        yield from ((f"{place.name} {name}", own) for name, own in subcommands.items())
        if not subcommands:
            yield place.name, loaded


@pytest.mark.parametrize(("name", "command"), list(leaves()), ids=lambda v: v or None)
def test_every_command_says_what_it_does_and_how_it_ends(name, command):
    """A help text has a sentence and at least one documented exit code, 0 among them."""
    assert command.help.strip().splitlines()[0].rstrip().endswith((".", ",", ":", ";")) or (
        "." in command.help
    )
    assert command.epilog.startswith("Exit codes: 0 done")
    assert any(meaning in command.epilog for meaning in EXIT_MEANINGS.values())


@pytest.mark.parametrize(("name", "command"), list(leaves()), ids=lambda v: v or None)
def test_every_option_is_explained(name, command):
    """No option and no argument stands without a word about it."""
    assert [] == [p.name for p in command.params if p.name != "help" and not p.help]


def test_the_list_of_commands_fits_a_terminal():
    """No summary is cut at 80 columns."""
    longest = max(len(place.name) for place in PLACES)

    assert all(len(place.summary) <= 80 - 6 - longest for place in PLACES)


def test_help_loads_nothing_heavy():
    """`autoclave --help` comes at once because no command is imported for it."""
    program = (
        "import sys; from cli.main import main; code = main(['--help']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert "[] 0" == done.stderr.strip()
    assert all(f"  {place.name} " in done.stdout for place in PLACES)
