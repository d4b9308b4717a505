"""What a disarmed PDF may keep, and what it loses, by the names of ISO 32000-2.

Where the standard lists all keys of a dictionary (catalogue, page, action, form) only those that
make the page are kept; everywhere else what is listed here is taken out.
"""

import re

from sanitizers.disarming.pdf.opening import names

# 7.7.2, table 29. Threads, Legal, DSS, Perms, SpiderInfo, Requirements, URI and the rest are gone.
CATALOGUE = names(
    """
    /Type /Version /Extensions /Pages /PageLabels /Names /Dests /ViewerPreferences /PageLayout
    /PageMode /Outlines /AcroForm /Metadata /StructTreeRoot /MarkInfo /Lang /OutputIntents
    /OCProperties
    """
)
# 7.7.3.3, table 31.
PAGE = names(
    """
    /Type /Parent /LastModified /Resources /MediaBox /CropBox /BleedBox /TrimBox /ArtBox
    /BoxColorInfo /Contents /Rotate /Group /Thumb /Dur /Trans /Annots /Metadata /StructParents
    /ID /PZ /SeparationInfo /Tabs /UserUnit /VP /OutputIntents
    """
)
# 7.7.4: of all trees of names only the destinations of links.
NAMES = frozenset({"/Dests"})
# 12.7.3: without XFA, and without the order in which scripts calculate.
FORM = frozenset({"/Fields", "/NeedAppearances", "/DR", "/DA", "/Q"})
TRAILER = frozenset({"/Root", "/Info", "/Size"})
INNER_TRAILER = names("/Prev /XRefStm /ID /Index /W /Type /Length /Filter /DecodeParms")
ENCRYPTION: dict[object, str] = {"/Encrypt": "pdf.encryption"}

# 12.6.4: actions that only move within the document, or ask a browser, with the keys of each.
ACTIONS = {
    "/GoTo": frozenset({"/Type", "/S", "/D", "/SD"}),
    "/URI": frozenset({"/Type", "/S", "/URI", "/IsMap"}),
    "/Named": frozenset({"/Type", "/S", "/N"}),
}
MOVES = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
LINKS = re.compile(rb"(?:https?://|mailto:)[\x21-\x7e\x80-\xff ]*\Z", re.IGNORECASE)
ACTION_CODES = {
    "/JavaScript": "pdf.javascript",
    "/Launch": "pdf.launch",
    "/SubmitForm": "pdf.submit-form",
    "/ImportData": "pdf.import-data",
    "/GoToR": "pdf.go-to-remote",
    "/GoToE": "pdf.go-to-embedded",
    "/Thread": "pdf.thread",
    "/Rendition": "pdf.media-action",
    "/Movie": "pdf.media-action",
    "/Sound": "pdf.media-action",
    "/RichMediaExecute": "pdf.media-action",
    "/GoTo3DView": "pdf.media-action",
    "/URI": "pdf.link",
    **dict.fromkeys(
        ("/Named", "/Hide", "/SetOCGState", "/ResetForm", "/GoToDp"), "pdf.other-action"
    ),
}
OTHER_ACTION = "pdf.other-action"
# Where an action stands; a thing to the right of "A" in a structure element is none.
ACTION_KEYS = frozenset({"/A", "/PA", "/OpenAction", "/Next"})

# 12.5.6, table 171, without those that hold files or play something.
ANNOTATIONS = names(
    """
    /Text /Link /FreeText /Line /Square /Circle /Polygon /PolyLine /Highlight /Underline /Squiggly
    /StrikeOut /Caret /Stamp /Ink /Popup /Widget /Watermark /Redact /PrinterMark
    """
)
ANNOTATION_CODES = {
    "/FileAttachment": "pdf.attachment",
    "/Sound": "pdf.media",
    "/Movie": "pdf.media",
    "/Screen": "pdf.media",
    "/RichMedia": "pdf.media",
    "/3D": "pdf.media",
}
OTHER_ANNOTATION = "pdf.other-annotation"

KEYS: dict[object, str] = {
    "/OpenAction": "pdf.open-action",
    "/AA": "pdf.additional-actions",
    "/JS": "pdf.javascript",
    "/JavaScript": "pdf.javascript",
    "/EF": "pdf.attachment",
    "/RF": "pdf.attachment",
    "/AF": "pdf.attachment",
    "/EmbeddedFiles": "pdf.attachment",
    "/Collection": "pdf.attachment",
    "/XFA": "pdf.xfa",
    "/OPI": "pdf.external-stream",
    "/FFilter": "pdf.external-stream",
    "/FDecodeParms": "pdf.external-stream",
    "/DestOutputProfileRef": "pdf.external-stream",
    "/PieceInfo": "pdf.private-data",
    "/Perms": "pdf.usage-rights",
    "/RichMediaContent": "pdf.media",
    "/RichMediaSettings": "pdf.media",
    "/Renditions": "pdf.media",
    "/AlternatePresentations": "pdf.media",
    "/Templates": "pdf.hidden-page",
}
SIGNATURES = frozenset({"/Sig", "/DocTimeStamp"})
# What names a thing by its type, wherever it hangs.
TYPES = {
    "/Filespec": "pdf.file-reference",
    "/F": "pdf.file-reference",
    "/EmbeddedFile": "pdf.attachment",
    "/Rendition": "pdf.media",
    "/3D": "pdf.media",
    "/Template": "pdf.hidden-page",
}
