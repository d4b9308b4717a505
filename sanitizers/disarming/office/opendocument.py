"""Disarms an OpenDocument package (OASIS OpenDocument 1.3, part 2 and 3): texts, tables, slides.

Parts in XML are cut and written anew, pictures are copied, charts and formulas inside are parts of
the same package and cut alike. Macros, toolbars, objects of other programs and what no part of the
format is are not copied. The manifest is made from what there is.
"""

import re
from xml.sax.saxutils import quoteattr

from formats.families import PROHIBITED_FAMILIES, Family
from formats.markup import Attributes, Events, local_name, read_xml
from formats.packages import ODF_PREFIX
from sanitizers.active.opendocument import without_type
from sanitizers.disarming.interface import CannotDisarmError, Copy, Disarmer, Switch
from sanitizers.disarming.office import open_scrubbing
from sanitizers.disarming.office.markup import parse, serialise
from sanitizers.disarming.office.open_measuring import measure
from sanitizers.disarming.office.open_walking import walk
from sanitizers.disarming.office.removals import Removals
from sanitizers.disarming.pictures import plain_picture
from sanitizers.disarming.zipped import pack, unpack
from sanitizers.sniffing import sniff

_MIMETYPE = "mimetype"
_MANIFEST = "META-INF/manifest.xml"
_SIGNATURES = "META-INF/documentsignatures.xml"
_KINDS = frozenset(
    ODF_PREFIX + kind + end
    for kind in ("text", "spreadsheet", "presentation", "graphics")
    for end in ("", "-template")
)
# Folders at any depth that hold what runs, or what changes the program's own menus.
_DENIED_FOLDERS = {
    "basic": "odf-macros",
    "scripts": "odf-macros",
    "dialogs": "odf-macros",
    "configurations2": "odf-custom-ui",
    "meta-inf": "odf-macros",
}
_COPIED = frozenset({Family.IMAGE, Family.MEDIA, Family.FONT})
# The pictures that LibreOffice keeps of what is embedded.
_METAFILE = b"VCLMTF"
_UNSEEN = ("layout-cache", "META-INF/manifest.xml", "mimetype", "Thumbnails/")
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<manifest:manifest xmlns:manifest='
    '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
)
_OBJECT_TYPE = re.compile(r"application/vnd\.oasis\.opendocument\.[a-z-]{1,40}")


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return a copy without active content.

    Raises:
        FormatError: the document cannot be read whole.
        CannotDisarmError: it is signed, encrypted, ambiguous, or of another kind.
    """
    members = unpack(content)
    kind = members.get(_MIMETYPE, b"").decode("ascii", "replace").strip()
    if kind not in _KINDS:
        raise CannotDisarmError("neither a text, a table, a presentation nor a drawing")
    if members.get(_SIGNATURES) and Switch.ALTHOUGH_SIGNED not in switches:
        raise CannotDisarmError("signed: a copy would lose the signature")
    types = _read_manifest(members.get(_MANIFEST, b""))
    removals = Removals()
    names = {name: rule for name in members if (rule := _refusal(name, members[name])) is not None}
    kept = {name for name, rule in names.items() if not rule}
    for name, rule in names.items():
        if rule:
            removals.add(rule, name)
    copied: dict[str, bytes] = {}
    for name in sorted(kept):
        copied[name] = members[name]
        if _is_markup(name):
            root = parse(members[name])
            open_scrubbing.scrub(root, name, kept, switches, removals)
            copied[name] = serialise(root)
        else:
            made = plain_picture(members[name])
            copied[name] = made.content
            removals.take(made.removed, name)
    listing = _manifest(kind, copied, types)
    ordered = [(_MIMETYPE, kind.encode()), *copied.items(), (_MANIFEST, listing)]
    return Copy(content=pack(ordered, stored=_MIMETYPE), media_type=kind, removed=removals.listed())


def _read_manifest(xml: bytes) -> dict[str, str]:
    """Return the media types of the manifest by path (part 2, 3.2)."""
    types: dict[str, str] = {}

    def on_start(name: str, attributes: Attributes) -> None:
        if local_name(name) == "encryption-data":
            raise CannotDisarmError("encrypted: a part needs a password")
        values = {local_name(key): value for key, value in attributes.items()}
        if local_name(name) == "file-entry":
            types[values.get("full-path", "")] = values.get("media-type", "")

    if xml:
        read_xml(without_type(xml), Events(on_start=on_start))
    return types


def _refusal(name: str, content: bytes) -> str | None:
    """Return the rule by which a member is not copied, empty to copy it, None to forget it."""
    if name.startswith(_UNSEEN) or not content:
        return None
    folders = name.lower().split("/")[:-1]
    denied = next((rule for part, rule in _DENIED_FOLDERS.items() if part in folders), "")
    denied = "odf-signature" if name == _SIGNATURES else denied
    if denied:
        return denied
    if not name.isprintable() or ".." in folders:
        raise CannotDisarmError("a part whose name cannot be shown")
    if _is_markup(name):
        return ""
    family = sniff(content).family
    if family in PROHIBITED_FAMILIES:
        return "odf-program"
    if family in _COPIED or content.startswith(_METAFILE):
        return ""
    return "odf-object" if name.lower().startswith("object") else "odf-foreign-part"


def _is_markup(name: str) -> bool:
    return name.lower().endswith((".xml", ".rdf"))


def _manifest(kind: str, members: dict[str, bytes], types: dict[str, str]) -> bytes:
    entries = [("/", kind)]
    folders = {name.rpartition("/")[0] + "/" for name in members if name.endswith("/content.xml")}
    for folder in sorted(folders):
        declared = types.get(folder, "")
        entries += [(folder, declared)] if _OBJECT_TYPE.fullmatch(declared) else []
    entries += [(name, _type(name, content)) for name, content in members.items()]
    listed = "".join(
        f"<manifest:file-entry manifest:full-path={quoteattr(path)} "
        f"manifest:media-type={quoteattr(media_type)}/>"
        for path, media_type in entries
    )
    return f"{_HEAD}{listed}</manifest:manifest>".encode()


def _type(name: str, content: bytes) -> str:
    if name.endswith(".rdf"):
        return "application/rdf+xml"
    return "text/xml" if _is_markup(name) else sniff(content).media_type


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
