"""Cuts elements and attributes that run, fetch or name a program, wherever in a part they stand.

Names are those of WordprocessingML, SpreadsheetML, PresentationML, DrawingML (ECMA-376 part 1) and
of VML with what Excel writes into it (part 4, 19). What a person sees of an object stays: its
picture.
"""

from sanitizers.disarming.office.kinds import is_kept_address
from sanitizers.disarming.office.markup import (
    Element,
    ancestor,
    attribute,
    drop,
    drop_with_empty,
    each,
    local,
    namespace,
)
from sanitizers.disarming.office.references import CONTAINERS
from sanitizers.disarming.office.scrub_job import Scrub

DROPPED = {
    "altChunk": "ooxml-foreign-part",
    "subDoc": "ooxml-foreign-part",
    "frameset": "ooxml-foreign-part",
    "sourceFileName": "ooxml-foreign-part",
    "saveThroughXslt": "ooxml-foreign-part",
    "linkedToFile": "ooxml-external-target",
    "schemaLibrary": "ooxml-external-target",
    "attachedTemplate": "ooxml-template",
    "mailMerge": "ooxml-data-connection",
    "entryMacro": "ooxml-macros",
    "exitMacro": "ooxml-macros",
    "OLEObject": "ooxml-object",
    "objectEmbed": "ooxml-object",
    "objectLink": "ooxml-object",
    "movie": "ooxml-object",
    "oleObjects": "ooxml-object",
    "externalReferences": "ooxml-external-workbook",
    "functionGroups": "ooxml-excel4-macros",
    "webPublishing": "ooxml-external-target",
    "webPublishItems": "ooxml-external-target",
    "webPublishObjects": "ooxml-external-target",
    "htmlPubPr": "ooxml-external-target",
    "smartTags": "ooxml-custom-ui",
    "smartTagTypes": "ooxml-custom-ui",
    "smartTagType": "ooxml-custom-ui",
    "xmlColumnPr": "ooxml-data-connection",
    "webExtension": "ooxml-web-extension",
    "FmlaMacro": "ooxml-macros",
    "ScriptText": "ooxml-macros",
    "ScriptExtended": "ooxml-macros",
    "ScriptLanguage": "ooxml-macros",
    "ScriptLocation": "ooxml-macros",
    "DDE": "ooxml-dde",
    "MapOCX": "ooxml-control",
    "HyperlinkBase": "ooxml-link",
}
_CONTROLS = ("wordprocessingml", "presentationml")
_CLICKS = ("hlinkClick", "hlinkHover", "hlinkMouseOver")
# What a click in a presentation may do: go to another slide, end the show, play what is inside.
_INNER_ACTIONS = ("ppaction://hlinksh", "ppaction://hlinksld", "ppaction://noaction",
                  "ppaction://media", "ppaction://customshow")  # fmt: skip
_ADDRESSED = frozenset({"src", "href", "althref"})
_FRAME = ("graphicFrame",)


def scrub(job: Scrub) -> None:
    """Cut what is listed, and the attributes that name a macro, an action or an address."""
    for element in each(job.root, DROPPED):
        if element.getparent() is not None:
            drop_with_empty(element, CONTAINERS)
            if element.text or local(element) != "HyperlinkBase":  # programs write it empty
                job.removed(DROPPED[local(element)])
    for element in each(job.root, ("control", "controls")):
        if any(mark in namespace(element) for mark in _CONTROLS) and _stands(element):
            drop_with_empty(element, CONTAINERS)
            job.removed("ooxml-control")
    for element in each(job.root, ("dataModel",)):
        if "spreadsheetml" in namespace(element):  # a diagram has one of another kind
            drop_with_empty(element, CONTAINERS)
            job.removed("ooxml-data-connection")
    for element in each(job.root, ("oleObj",)):
        if _stands(element):
            _show_picture(element)
            job.removed("ooxml-object")
    _scrub_attributes(job)


def _stands(element: Element) -> bool:
    return element.getparent() is not None


def _show_picture(element: Element) -> None:
    """Put the picture of an object in the place of the frame that holds it."""
    frame = ancestor(element, _FRAME)
    if frame is None or frame.getparent() is None:
        drop_with_empty(element, CONTAINERS)
        return
    picture = next(frame.iter("{*}pic"), None)
    if picture is not None:
        _name_alike(frame, picture)
        picture.tail = None
        frame.addprevious(picture)
    drop_with_empty(frame, CONTAINERS)


def _name_alike(frame: Element, picture: Element) -> None:
    """Give a picture the number of the frame, by which animations know it."""
    of_frame = next(frame.iter("{*}cNvPr"), None)
    of_picture = next(picture.iter("{*}cNvPr"), None)
    if of_frame is not None and of_picture is not None and of_frame.get("id"):
        of_picture.set("id", of_frame.get("id"))


def _scrub_attributes(job: Scrub) -> None:
    for element in list(job.root.iter("{*}hlinkClick", "{*}hlinkHover", "{*}hlinkMouseOver")):
        action = element.get("action", "").lower()
        if action and not action.startswith(_INNER_ACTIONS) and not _leads_on(job, element, action):
            drop(element)
            job.removed("ooxml-macros" if "macro" in action else "ooxml-program-link")
    for element in job.root.xpath("//*[@macro and @macro != '']"):
        element.set("macro", "")
        job.removed("ooxml-macros")
    for element in job.root.xpath("//*[@queryTableFieldId or @connectionId or @tableType]"):
        _disconnect(element, job)
    for element in job.root.xpath("//*[namespace-uri()='urn:schemas-microsoft-com:vml']"):
        _forget_addresses(element, job)


def _leads_on(job: Scrub, element: Element, action: str) -> bool:
    """Tell whether an action only opens a link that the copy keeps."""
    return action.startswith("ppaction://hlinkfile") and attribute(element, "id") in job.kept


def _disconnect(element: Element, job: Scrub) -> None:
    """Make what a query filled an ordinary table."""
    for key in ("queryTableFieldId", "connectionId"):
        if key in element.attrib:
            del element.attrib[key]
            job.removed("ooxml-data-connection")
    if element.get("tableType") in {"queryTable", "xml"}:
        del element.attrib["tableType"]


def _forget_addresses(element: Element, job: Scrub) -> None:
    for key in list(element.attrib):
        name = key.rpartition("}")[2].lower()
        value = element.attrib[key]
        if name.startswith("on") and name not in {"on", "oned"}:
            del element.attrib[key]
            job.removed("ooxml-macros")
        elif name in _ADDRESSED and value and not is_kept_address(value, job.switches):
            del element.attrib[key]
            job.removed("ooxml-external-target" if name != "href" else "ooxml-link")
