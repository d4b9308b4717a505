"""Which types of content have a disarmer, and where it stands: imported when it is asked for.

A disarmer brings native parsers along, so only the processes of the box import it. Whoever only
asks whether there is one reads the table.
"""

from collections.abc import Mapping
from importlib import import_module

from sanitizers.disarming.interface import Disarmer

# Part of the profile: another version may make other copies of equal bytes.
NAME = "disarm"
VERSION = "1"
# Media type -> the module of this package that exports DISARMER, one line a type, in order.
MODULES: Mapping[str, str] = {
    "application/pdf": "pdf.disarmer",
    "image/svg+xml": "web.drawings",
    "text/calendar": "calendars",
    "text/html": "web.pages",
}


def has_disarmer(media_type: str) -> bool:
    """Whether content of a type can be disarmed at all."""
    return media_type in MODULES


def disarmer_of(media_type: str) -> Disarmer:
    """Return the disarmer of a type, imported now.

    Raises:
        KeyError: the type has none.
    """
    disarmer: Disarmer = import_module(f"sanitizers.disarming.{MODULES[media_type]}").DISARMER
    return disarmer
