"""Turns fields of a text into the text that they last gave, all but those that are listed.

A field is written over many runs (ECMA-376 part 1, 17.16.18): begin, its code, separate, its
result, end; a code may hold other fields, from whose results Word makes the code that it runs. So
what a field does is told by the first word of its own code, and what is not told is unlinked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sanitizers.disarming.interface import CannotDisarmError, Switch
from sanitizers.disarming.office.kinds import is_kept_address
from sanitizers.disarming.office.markup import Element, ancestor, attribute, drop, local, unwrap
from sanitizers.disarming.office.scrub_job import Scrub

# ECMA-376 part 1, 17.16.5: what computes, counts, refers inside, or shows what the document knows.
_PASSIVE = """
    = ADVANCE AUTHOR AUTONUM AUTONUMLGL AUTONUMOUT BIBLIOGRAPHY BIDIOUTLINE CITATION COMMENTS
    COMPARE CREATEDATE DATE DOCPROPERTY DOCVARIABLE EDITTIME EQ FILENAME FILESIZE FORMCHECKBOX
    FORMDROPDOWN FORMTEXT IF INDEX INFO KEYWORDS LASTSAVEDBY LISTNUM MERGEFIELD MERGEREC MERGESEQ
    NOTEREF NUMCHARS NUMPAGES NUMWORDS PAGE PAGEREF PRINTDATE REF REVNUM SAVEDATE SECTION
    SECTIONPAGES SEQ SET STYLEREF SUBJECT SYMBOL TA TC TEMPLATE TIME TITLE TOA TOC USERADDRESS
    USERINITIALS USERNAME XE
"""
PASSIVE = frozenset(_PASSIVE.split())
_SHOWING = re.compile(
    r"\s*(?:MACROBUTTON|GOTOBUTTON)\s+\S+\s+(.*\S)\s*\Z", re.IGNORECASE | re.DOTALL
)
_WORD = re.compile(r"\s*(=|[A-Za-z]+)(.*)\Z", re.DOTALL)
# Switches of a link, with what belongs to them (17.16.5.25); what else stands there is an address.
_SWITCH = re.compile(r"\\(?:[lot]\s*(?:\"[^\"]*\"|[^\s\"\\]+)|[mn](?!\w))", re.IGNORECASE)
_ADDRESS = re.compile(r"\"([^\"]*)\"|([^\s\"]+)|(\")")
_DANGEROUS = re.compile(r"\b(?:DDE|DDEAUTO|LINK)\b", re.IGNORECASE)
_RULES = {"DDE": "ooxml-dde", "DDEAUTO": "ooxml-dde", "QUOTE": "ooxml-dde", "LINK": "ooxml-dde",
          "HYPERLINK": "ooxml-link", "MACROBUTTON": "ooxml-macros",
          "DATABASE": "ooxml-data-connection"}  # fmt: skip
_PIECES = ("fldChar", "instrText", "delInstrText", "t", "delText", "tab", "br", "cr", "sym")
_CODE = frozenset({"instrText", "delInstrText"})


@dataclass(slots=True)
class _Field:
    marks: list[Element] = field(default_factory=list)
    inside: list[Element] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    in_code: bool = True
    is_split: bool = False


def scrub(job: Scrub) -> None:
    """Unlink the fields of one part that are not listed."""
    for simple in list(job.root.iter("{*}fldSimple")):
        code = attribute(simple, "instr")
        if not is_passive(code, job.switches):
            job.removed(_rule(code))
            _keep_shown(simple, code, simple)
            unwrap(simple)
    for found in list(_fields(job.root)):
        code = "".join(found.code)
        if found.is_split or not is_passive(code, job.switches):
            job.removed(_rule(code))
            _unlink(found, code)


def is_passive(code: str, switches: frozenset[Switch]) -> bool:
    """Tell whether a field only shows what the document knows."""
    found = _WORD.match(code)
    if found is None:
        return False
    word, rest = found[1].upper(), found[2]
    if _DANGEROUS.search(rest):
        return False
    return word in PASSIVE or (word == "HYPERLINK" and _is_kept_link(rest, switches))


def shown_by(code: str) -> str:
    """Return the text that a field shows out of its own code, empty for all but buttons."""
    found = _SHOWING.match(code)
    return found[1] if found else ""


def _is_kept_link(rest: str, switches: frozenset[Switch]) -> bool:
    """Tell whether each address, before the switches or behind them, may be clicked on."""
    addresses = _SWITCH.sub(" ", rest)
    if not addresses.strip():
        return bool(rest.strip())
    found = _ADDRESS.finditer(addresses)
    return all(is_kept_address(each[1] or each[2] or "", switches) for each in found)


def _rule(code: str) -> str:
    found = _WORD.match(code)
    word = found[1].upper() if found else ""
    return _RULES.get(word, "ooxml-external-target" if word.startswith("INC") else "ooxml-field")


def _fields(root: Element) -> Iterator[_Field]:
    """Yield the fields of a part, the inner before the outer."""
    opened: list[_Field] = []
    for piece in root.iter(*(f"{{*}}{name}" for name in _PIECES)):
        if local(piece) != "fldChar":
            _take(opened, piece)
            continue
        _note(opened, piece)
        match attribute(piece, "fldCharType"):
            case "begin":
                opened.append(_Field(marks=[piece]))
            case "separate" if opened:
                opened[-1].marks.append(piece)
                opened[-1].in_code = False
            case "end" if opened:
                done = opened.pop()
                done.marks.append(piece)
                yield done
            case _:
                pass
    if any(n.is_split or not is_passive("".join(n.code), frozenset()) for n in opened):
        raise CannotDisarmError("a field that never ends")


def _take(opened: list[_Field], piece: Element) -> None:
    """Note a piece of code with the field whose code it is, and with those around that field."""
    _note(opened, piece)
    if local(piece) in _CODE and opened and opened[-1].in_code:
        opened[-1].code.append(piece.text or "")
        opened[-1].is_split |= len(piece) > 0


def _note(opened: list[_Field], piece: Element) -> None:
    """Note what stands in the codes that are being read.

    One that goes on in another alternative than it begins in is another code for each program
    (ECMA-376 part 3, 7.5): nobody can tell what it does.
    """
    for outer in opened:
        if outer.in_code:
            outer.inside.append(piece)
            outer.is_split |= _branch(piece) is not _branch(outer.marks[0])


def _branch(piece: Element) -> Element | None:
    return ancestor(piece, ("Choice", "Fallback"))


def _unlink(found: _Field, code: str) -> None:
    """Take out the marks and the code; the result stays where it is, or what a button shows."""
    if len(found.marks) < _WITH_RESULT:
        _keep_shown(found.marks[0], code, None)
    for piece in (*found.marks, *found.inside):
        run = piece.getparent()
        if run is None:
            continue
        drop(piece)
        if local(run) == "r" and all(local(child) == "rPr" for child in run):
            drop(run)


_WITH_RESULT = 3


def _keep_shown(place: Element, code: str, simple: Element | None) -> None:
    """Write what a button shows as text of its own."""
    shown = shown_by(code)
    space = str(place.tag).rpartition("}")[0]
    if not shown:
        return
    text = place.makeelement(f"{space}}}t" if space else "t")
    text.text = shown
    if simple is None:
        place.addnext(text)
    elif not "".join(simple.itertext()):
        run = place.makeelement(f"{space}}}r" if space else "r")
        run.append(text)
        simple.append(run)
