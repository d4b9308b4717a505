"""Cuts what points to parts that are not copied, so that no program misses them."""

from lxml import etree

from sanitizers.disarming.office.markup import (
    Element,
    ancestor,
    drop_with_empty,
    local,
    unwrap,
)
from sanitizers.disarming.office.scrub_job import Scrub

_SPACES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_DRAWN = "urn:schemas-microsoft-com:office:office"
_POINTING = etree.XPath(
    "//*[@*[" + " or ".join(f"namespace-uri()='{space}'" for space in _SPACES) + "]"
    f" or @*[namespace-uri()='{_DRAWN}' and local-name()='relid']]"
)
# Elements that are whole without what they point to; all others go with it.
_WITHOUT = frozenset(
    {"blip", "imagedata", "fill", "stroke", "pageSetup", "controlPr", "objectPr", "imgLayer"}
)
# What fills a frame, and the frames that are nothing without it.
_FRAMED = frozenset({"webextensionref", "chart", "relIds", "contentPart"})
_FRAMES = ("twoCellAnchor", "oneCellAnchor", "absoluteAnchor", "drawing", "graphicFrame")
# What may not stand empty, or counts what it holds.
CONTAINERS = frozenset(
    {
        *(
            "oleObjects",
            "controls",
            "externalReferences",
            "pivotCaches",
            "tableParts",
            "hyperlinks",
        ),
        *("customProperties", "slicerList", "slicerCaches", "timelineRefs", "timelineCacheRefs"),
        *("custDataLst", "embeddedFontLst", "embeddedFont", "Choice", "AlternateContent", "ext"),
        *("extLst", "dataValidations", "conditionalFormatting", "definedNames", "smartTags"),
        *("pict", "object", "graphicData", "graphic", "graphicFrame", "sparklines"),
        *("conditionalFormattings", "sparklineGroup", "sparklineGroups", "ffData"),
    }
)


def scrub(job: Scrub) -> None:
    """Cut every reference whose link is not kept."""
    for element in _POINTING(job.root):
        lost = [key for key in element.attrib if _is_lost(element, key, job.kept)]
        if lost:
            _cut(element, lost)
    for element in list(job.root.iter("{*}tableParts", "{*}hyperlinks", "{*}dataValidations")):
        if "count" in element.attrib:
            element.set("count", str(len(element)))


def _is_lost(element: Element, key: str, kept: frozenset[str]) -> bool:
    space = key.rpartition("}")[0][1:]
    points = space in _SPACES or key == f"{{{_DRAWN}}}relid"
    value = element.attrib[key]
    # The reference to a part is a name of a link; empty stands for none (ECMA-376 part 1, 22.8).
    return points and bool(value) and value not in kept


def _cut(element: Element, lost: list[str]) -> None:
    name = local(element)
    if element.getparent() is None or name in _WITHOUT:
        _strip(element, lost)
    elif name == "hyperlink":
        _cut_hyperlink(element, lost)
    elif name in _FRAMED:
        _cut_frame(element)
    else:
        drop_with_empty(element, CONTAINERS)


def _strip(element: Element, lost: list[str]) -> None:
    for key in lost:
        del element.attrib[key]


def _cut_hyperlink(element: Element, lost: list[str]) -> None:
    """Keep a link to a place in the document, and the words of any other."""
    inside = any(key.rpartition("}")[2] in {"anchor", "location"} for key in element.attrib)
    if inside:
        _strip(element, lost)
    elif len(element):
        unwrap(element)
    else:
        drop_with_empty(element, CONTAINERS)


def _cut_frame(element: Element) -> None:
    """Cut the frame around what is not there; a picture that stands in for it stays."""
    choice = ancestor(element, ("Choice",))
    frame = choice if choice is not None else ancestor(element, _FRAMES)
    drop_with_empty(element if frame is None else frame, CONTAINERS)


def settle(root: Element) -> None:
    """Put the fallback in the place of alternatives that have no choice left (part 3, 9.3)."""
    for alternate in list(root.iter("{*}AlternateContent")):
        if alternate.getparent() is None or any(local(child) == "Choice" for child in alternate):
            continue
        for fallback in list(alternate):
            unwrap(fallback)
        unwrap(alternate)
