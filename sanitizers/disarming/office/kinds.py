"""Which relationships a copy keeps. What is not listed here is not copied, whatever it is for."""

import re

from sanitizers.active.ooxml import ACTIVE_LINKS, PROGRAM_LINK
from sanitizers.disarming.interface import Switch
from sanitizers.disarming.office.package import Link

MAIN = "officedocument"
HYPERLINK = "hyperlink"
PACKAGE = "package"
# Parts that are no XML: each is looked at for what it really is.
BINARY = frozenset({"image", "thumbnail", "audio", "video", "media", "font"})
_OF_ALL = """
    officedocument core-properties extended-properties extendedproperties custom-properties
    customproperties customxml customxmlprops classificationlabels theme themeoverride chart chartex
    chartstyle chartcolorstyle chartusershapes diagramdata diagramlayout diagramquickstyle
    diagramcolors diagramdrawing drawing vmldrawing hyperlink package
"""
_OF_TEXTS = """
    styles styleswitheffects styleswithteffects settings websettings fonttable numbering header
    footer footnotes endnotes comments commentsextended commentsids commentsextensible people
    glossarydocument bibliography
"""
_OF_WORKBOOKS = """
    worksheet chartsheet sharedstrings sheetmetadata table pivotcachedefinition pivotcacherecords
    pivottable revisionheaders revisionlog usernames ctrlprop threadedcomment person slicer
    slicercache timeline timelinecache namedsheetviews rdrichvalue rdrichvaluestructure
    rdrichvaluetypes rdarray rdsupportingpropertybag rdsupportingpropertybagstructure richstyles
    richvaluerel
"""
_OF_SLIDES = """
    slide slidelayout slidemaster notesmaster notesslide handoutmaster presprops viewprops
    tablestyles commentauthors authors tags
"""
KEPT = BINARY.union(*(words.split() for words in (_OF_ALL, _OF_TEXTS, _OF_WORKBOOKS, _OF_SLIDES)))
_AUTHORITIES = (
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/ooxml/",
    "http://schemas.microsoft.com/",
)
_RULES = {
    **ACTIVE_LINKS,
    "attachedtemplate": "ooxml-template",
    "externallink": "ooxml-external-workbook",
    "mailmergeheadersource": "ooxml-data-connection",
    "xmlmaps": "ooxml-data-connection",
    "tablesinglecells": "ooxml-data-connection",
    "volatiledependencies": "ooxml-data-connection",
    "powerpivotdata": "ooxml-data-connection",
    "rdrichvaluewebimage": "ooxml-external-target",
    "dialogsheet": "ooxml-excel4-macros",
    "vbaprojectsignature": "ooxml-macros",
    "keymapcustomizations": "ooxml-custom-ui",
    "usercustomization": "ooxml-custom-ui",
    "printersettings": "ooxml-printer-settings",
    "calcchain": "ooxml-calculation-order",
    # The beginning of all signatures (ECMA-376 part 2, 10.4.2).
    "origin": "ooxml-signature",
}
_WEB = re.compile(r"(?:https?://|mailto:)[!-~]{1,4000}\Z", re.IGNORECASE)


def refusal_of_link(link: Link, switches: frozenset[Switch]) -> str:
    """Return the rule by which a link is not copied, empty when it may be."""
    if link.external:
        return _refusal_outside(link, switches)
    if not link.name or link.kind not in KEPT or not link.type.startswith(_AUTHORITIES):
        return rule_of_kind(link.kind)
    return ""


def rule_of_kind(kind: str) -> str:
    """Return the rule that names what a link of this kind brings."""
    return _RULES.get(kind, "ooxml-unknown-part")


def is_kept_address(address: str, switches: frozenset[Switch]) -> bool:
    """Tell whether a person may still click on this address: in the document, or asked for."""
    return address.startswith("#") or (
        Switch.KEEP_LINKS in switches and bool(_WEB.match(address.strip()))
    )


def _refusal_outside(link: Link, switches: frozenset[Switch]) -> str:
    if link.kind != HYPERLINK:
        return _RULES.get(link.kind, "ooxml-external-target")
    if is_kept_address(link.untrusted_target, switches):
        return ""
    return "ooxml-program-link" if PROGRAM_LINK.match(link.untrusted_target) else "ooxml-link"
