"""Cuts the sheets and names of a workbook that the copy does not have, and mends what counts them.

Sheets are numbered by their order (ECMA-376 part 1, 18.2.5 localSheetId, 18.2.30 activeTab): who
takes one out has to count again.
"""

import re

from sanitizers.disarming.office.formulas import is_calling, names_lost
from sanitizers.disarming.office.markup import Element, attribute, drop, drop_with_empty, each
from sanitizers.disarming.office.references import CONTAINERS
from sanitizers.disarming.office.scrub_job import Scrub

_AUTOMATIC = re.compile(r"(?:_xlnm\.)?Auto_(?:Open|Close|Activate|Deactivate)", re.IGNORECASE)
_MACRO_MARKS = ("function", "vbProcedure", "xlm", "macro")
_TRUE = frozenset({"1", "true", "on"})
_TABS = ("activeTab", "firstSheet")


def scrub(job: Scrub) -> None:
    """Cut what a workbook's own part says of macro sheets and macros."""
    places = _cut_sheets(job)
    for element in each(job.root, ("definedName",)):
        if _is_macro(element) or len(element) or _points_away(element, job):
            job.lost.names.add((element.get("name") or "").lower())
            drop_with_empty(element, CONTAINERS)
            job.removed("ooxml-defined-name")
        elif element.get("localSheetId") is not None:
            _renumber(element, places)
    for view in each(job.root, ("workbookView",)):
        for key in _TABS:
            if key in view.attrib:
                view.set(key, str(places.get(view.get(key), 0)))


def _cut_sheets(job: Scrub) -> dict[str, int]:
    """Cut sheets whose part is not copied; return where each of the others stands now."""
    places: dict[str, int] = {}
    for number, sheet in enumerate(each(job.root, ("sheet",))):
        if attribute(sheet, "id") in job.kept:
            places[str(number)] = len(places)
        else:
            job.lost.sheets.add((sheet.get("name") or "").lower())
            drop(sheet)
    return places


def _is_macro(name: Element) -> bool:
    marked = any((name.get(mark) or "").lower() in _TRUE for mark in _MACRO_MARKS)
    return marked or bool(_AUTOMATIC.match(name.get("name") or ""))


def _points_away(name: Element, job: Scrub) -> bool:
    return is_calling(name.text or "", job.switches) or names_lost(name.text or "", job.lost)


def _renumber(name: Element, places: dict[str, int]) -> None:
    place = places.get(name.get("localSheetId"))
    if place is None:
        drop_with_empty(name, CONTAINERS)
    else:
        name.set("localSheetId", str(place))
