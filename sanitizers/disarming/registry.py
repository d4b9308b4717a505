"""Which types of content have a disarmer, and where it stands: imported when it is asked for.

A disarmer brings native parsers along, so only the processes of the box import it. Whoever only
asks whether there is one reads the table.
"""

from collections.abc import Mapping
from importlib import import_module

from formats.packages import OOXML_PREFIX
from sanitizers.disarming.interface import Disarmer

# Part of the profile: another version may make other copies of equal bytes.
NAME = "disarm"
VERSION = "1"
OOXML_TYPES = (
    *(OOXML_PREFIX + f"wordprocessingml.{kind}" for kind in ("document", "template")),
    *(OOXML_PREFIX + f"spreadsheetml.{kind}" for kind in ("sheet", "template")),
    *(OOXML_PREFIX + f"presentationml.{k}" for k in ("presentation", "slideshow", "template")),
    "application/vnd.ms-word.document.macroenabled.12",
    "application/vnd.ms-word.template.macroenabled.12",
    "application/vnd.ms-word.template.macroenabledtemplate.12",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.ms-excel.template.macroenabled.12",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "application/vnd.ms-powerpoint.slideshow.macroenabled.12",
    "application/vnd.ms-powerpoint.template.macroenabled.12",
)
# Media type -> the module of this package that exports DISARMER, one line a type, in order.
_MODULES = {
    **dict.fromkeys(OOXML_TYPES, "office.documents"),
    "text/calendar": "calendars",
}
MODULES: Mapping[str, str] = dict(sorted(_MODULES.items()))


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
