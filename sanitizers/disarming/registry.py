"""Which types of content have a disarmer, and where it stands: imported when it is asked for.

A disarmer brings native parsers along, so only the processes of the box import it. Whoever only
asks whether there is one reads the table.
"""

from collections.abc import Mapping
from importlib import import_module, metadata
from types import ModuleType

from sanitizers.disarming.interface import Converter, Disarmer

# Part of the profile: another version may make other copies of equal bytes.
NAME = "disarm"
VERSION = "2"
# Media type -> the module of this package that exports DISARMER, one line a type, in order.
MODULES: Mapping[str, str] = {
    "application/dicom": "dicom",
    "application/pdf": "pdf.disarmer",
    "application/vnd.ms-excel.sheet.macroenabled.12": "office.documents",
    "application/vnd.ms-excel.template.macroenabled.12": "office.documents",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12": "office.documents",
    "application/vnd.ms-powerpoint.slideshow.macroenabled.12": "office.documents",
    "application/vnd.ms-powerpoint.template.macroenabled.12": "office.documents",
    "application/vnd.ms-word.document.macroenabled.12": "office.documents",
    "application/vnd.ms-word.template.macroenabled.12": "office.documents",
    "application/vnd.ms-word.template.macroenabledtemplate.12": "office.documents",
    "application/vnd.oasis.opendocument.graphics": "office.opendocument",
    "application/vnd.oasis.opendocument.graphics-template": "office.opendocument",
    "application/vnd.oasis.opendocument.presentation": "office.opendocument",
    "application/vnd.oasis.opendocument.presentation-template": "office.opendocument",
    "application/vnd.oasis.opendocument.spreadsheet": "office.opendocument",
    "application/vnd.oasis.opendocument.spreadsheet-template": "office.opendocument",
    "application/vnd.oasis.opendocument.text": "office.opendocument",
    "application/vnd.oasis.opendocument.text-template": "office.opendocument",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "office.documents",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow": "office.documents",
    "application/vnd.openxmlformats-officedocument.presentationml.template": "office.documents",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "office.documents",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template": "office.documents",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "office.documents",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template": "office.documents",
    "image/bmp": "images.bitmaps",
    "image/gif": "images.gifs",
    "image/jpeg": "images.jpegs",
    "image/png": "images.pngs",
    "image/svg+xml": "web.drawings",
    "image/tiff": "images.tiffs",
    "image/x-bigtiff": "images.tiffs",
    "text/calendar": "calendars",
    "text/html": "web.pages",
}


# Types of which pictures are made where that is asked: media type -> the module.
PIXELS: Mapping[str, str] = {"application/pdf": "pdf.pixels"}
_RENDERER = "pypdfium2"

# Media type -> the module that exports CONVERTER: what it makes of such a content is disarmed.
CONVERTED: Mapping[str, str] = {
    "application/msword": "office.converting",
    "application/rtf": "office.converting",
    "application/vnd.ms-excel": "office.converting",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": "office.converting",
    "application/vnd.ms-powerpoint": "office.converting",
    "application/vnd.ms-visio.drawing": "office.converting",
    "application/vnd.ms-visio.drawing.macroenabled.12": "office.converting",
    "application/vnd.visio": "office.converting",
    "application/x-mspublisher": "office.converting",
}


# Containers that are written anew, with the type of the copy: their parts are disarmed one by one.
REBUILT: Mapping[str, str] = {
    "application/gzip": "application/gzip",
    "application/vnd.ms-cab-compressed": "application/zip",
    "application/x-7z-compressed": "application/zip",
    "application/x-bzip2": "application/x-bzip2",
    "application/x-cpio": "application/zip",
    "application/x-iso9660-image": "application/zip",
    "application/x-tar": "application/x-tar",
    "application/x-xz": "application/x-xz",
    "application/zip": "application/zip",
    "application/zstd": "application/zstd",
    "message/rfc822": "message/rfc822",
}


def has_disarmer(media_type: str) -> bool:
    """Whether content of a type can be disarmed at all."""
    return media_type in MODULES or media_type in CONVERTED or media_type in REBUILT


def is_rebuilt(media_type: str) -> bool:
    """Whether content of a type is a container that is written anew from its parts."""
    return media_type in REBUILT


def disarmer_of(media_type: str, *, pixels: bool = False) -> Disarmer:
    """Return the disarmer of a type, or the one that makes pictures of it, imported now.

    Raises:
        KeyError: the type has none.
    """
    disarmer: Disarmer = _module((PIXELS if pixels else MODULES)[media_type]).DISARMER
    return disarmer


def converter_of(media_type: str) -> Converter | None:
    """Return what has to convert a content before it can be disarmed; None for most types."""
    if media_type not in CONVERTED:
        return None
    converter: Converter = _module(CONVERTED[media_type]).CONVERTER
    return converter


def version() -> str:
    """Return the version of disarmers, converters and renderer, as it stands in the profile."""
    converters = sorted(set(CONVERTED.values()))
    told = (f"{name} {_module(name).CONVERTER.version()}" for name in converters)
    return " ".join((VERSION, *told, f"{_RENDERER} {_version_of_renderer()}"))


def _version_of_renderer() -> str:
    try:
        return metadata.version(_RENDERER)
    except metadata.PackageNotFoundError:
        return "none"


def _module(name: str) -> ModuleType:
    return import_module(f"sanitizers.disarming.{name}")
