"""The rule pack that comes with Autoclave: written by us, small, and always in force."""

from datetime import date
from pathlib import Path

from sanitizers.rules.pack import InstalledPack, RulePackSource
from sanitizers.rules.reading import read_pack

NAME = "autoclave"
FOLDER = Path(__file__).parent / NAME
VERSION = "1"


def built_in_source() -> RulePackSource:
    """Return the sources of the built-in pack."""
    return read_pack(FOLDER, today=date.max, name=NAME, version=VERSION, licence="Apache-2.0")


def built_in_pack() -> InstalledPack:
    """Return the built-in pack as one that is installed in this package's own folder."""
    return InstalledPack(manifest=built_in_source().manifest, folder=FOLDER)
