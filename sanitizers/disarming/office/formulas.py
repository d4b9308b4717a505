"""Cuts formulas that fetch, call or look into other files, and keeps the values they had.

A cell holds its formula beside the value that it last gave (ECMA-376 part 1, 18.3.1.40 and .96),
a chart the points that it last drew (21.2.2.119, 21.2.2.201).
"""

import re

from lxml import etree

from sanitizers.active.ooxml import CALLING_FORMULA
from sanitizers.disarming.interface import Switch
from sanitizers.disarming.office.markup import (
    Element,
    ancestor,
    drop,
    drop_with_empty,
    local,
    namespace,
)
from sanitizers.disarming.office.references import CONTAINERS
from sanitizers.disarming.office.scrub_job import Lost, Scrub

# Texts, and names of sheets, in which the quotes of a text mean nothing.
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
# The number of another workbook before a sheet or a name of it (18.17.2.2); a column of a table
# stands in brackets too, behind the table's name.
_OTHER_WORKBOOK = re.compile(r"(?<![\w.])'?\[[^\[\]]{1,255}\][^\[\]!,()]{0,255}!")
# What fetches or runs beside those: services of Excel, and DDE, SQL and files of Excel 4.
_RUNNING = re.compile(
    r"(?<![\w.])(?:_xlfn\.)?(?:_xlws\.)?(?:PY|STOCKHISTORY|TRANSLATE|DETECTLANGUAGE|COPILOT|INITIATE|EXECUTE|REQUEST|POKE|FOPEN|RUN|"
    r"SQL\.\w+)\s*\(",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?<![\w.])HYPERLINK\s*\(\s*(\"[^\"]*\")?", re.IGNORECASE)
_KEPT_LINK = re.compile(r"\"(?:https?://|mailto:)", re.IGNORECASE)
_FORMULAS = (
    *("f", "formula", "formula1", "formula2", "calculatedColumnFormula", "totalsRowFormula"),
    *("FmlaLink", "FmlaRange", "FmlaTxbx", "FmlaGroup", "FmlaPict"),
)
_IN_ATTRIBUTES = ("fmla", "formula")
_WITH_FORMULA = etree.XPath(
    "//*[contains(namespace-uri(), 'spreadsheetml')]"
    "[@*[starts-with(local-name(), 'fmla') or starts-with(local-name(), 'formula')]]"
)
# What makes no sense without its formula.
_OWNERS = ("dataValidation", "cfRule", "sparkline")
_LITERALS = {"numRef": "numLit", "strRef": "strLit"}
_REFERENCES = frozenset({*_LITERALS, "multiLvlStrRef"})


def scrub(job: Scrub) -> None:
    """Cut the formulas of one part."""
    shared: set[str] = set()
    for element in list(job.root.iter(*(f"{{*}}{name}" for name in _FORMULAS))):
        if _goes(element, job):
            shared |= _shared(element)
            _cut(element)
            job.removed("ooxml-formula")
    _scrub_attributes(job)
    if shared:
        for element in list(job.root.iter("{*}f")):
            if _shared(element) & shared:
                drop(element)


def _scrub_attributes(job: Scrub) -> None:
    """Cut the formulas of form controls and pivots, which are attributes (18.10.1.9, MS-XLSX)."""
    for element in _WITH_FORMULA(job.root):
        for key in list(element.attrib):
            name = key.rpartition("}")[2]
            calls = name.startswith(_IN_ATTRIBUTES) and is_calling(element.get(key), job.switches)
            if calls:
                del element.attrib[key]
                job.removed("ooxml-formula")


def is_calling(formula: str, switches: frozenset[Switch]) -> bool:
    """Tell whether a formula fetches, calls, or looks into another file."""
    bare = _without_texts(formula)
    if CALLING_FORMULA.search(formula) or _RUNNING.search(bare):
        return True
    if _OTHER_WORKBOOK.search(bare) or "|" in bare:
        return True
    return any(not _is_kept(found.group(1) or "", switches) for found in _LINK.finditer(formula))


def names_lost(formula: str, lost: Lost) -> bool:
    """Tell whether a formula needs a sheet or a name that the copy does not have."""
    bare = _without_texts(formula).lower()
    sheets = any(f"{sheet}!" in bare or f"{sheet}'!" in bare for sheet in lost.sheets)
    return sheets or any(
        re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", bare) for name in lost.names if name
    )


def _without_texts(formula: str) -> str:
    return _QUOTED.sub(lambda found: '""' if found[0].startswith('"') else found[0], formula)


def _is_kept(address: str, switches: frozenset[Switch]) -> bool:
    if address.startswith('"#'):
        return True
    return Switch.KEEP_LINKS in switches and bool(_KEPT_LINK.match(address))


def _goes(element: Element, job: Scrub) -> bool:
    if _is_split(element):
        return True
    text = element.text or ""
    return bool(text) and (is_calling(text, job.switches) or names_lost(text, job.lost))


def _is_split(element: Element) -> bool:
    """Tell whether something stands in a formula that a program skips: it may split a call.

    A fraction in mathematics has this name too, and parts (ECMA-376 part 1, 22.1.2.36).
    """
    inner = (child for child in element if local(child) not in _FORMULAS)
    return "math" not in namespace(element) and next(inner, None) is not None


def _shared(element: Element) -> set[str]:
    return {element.get("si", "")} if element.get("t") == "shared" else set()


def _cut(element: Element) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if local(parent) in _REFERENCES and "chart" in namespace(parent):
        _make_literal(parent, element)
        return
    owner = ancestor(element, _OWNERS)
    drop_with_empty(element if owner is None else owner, CONTAINERS)


def _make_literal(reference: Element, formula: Element) -> None:
    """Let a chart draw the points that it has kept; where no literal may stand, as Excel does."""
    cache = next((child for child in reference if local(child).endswith("Cache")), None)
    literal = _LITERALS.get(local(reference))
    if literal is None or cache is None or local(reference.getparent()) == "tx":
        formula.text = "#REF!"
        return
    drop(formula)
    reference.tag = f"{{{namespace(reference)}}}{literal}"
    for point in list(cache):
        reference.append(point)
    drop(cache)
