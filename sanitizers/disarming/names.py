"""What a disarmed copy is called where its type is another one than the original's.

Word opens no `letter.docm` that has become a plain document, and nothing a `letter.doc` that is a
ZIP: the new extension is appended, so that the old name stays in sight and no other file is met.
"""

from collections.abc import Mapping

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
EXTENSIONS: Mapping[str, str] = {
    f"{_OPEN_XML}wordprocessingml.document": "docx",
    f"{_OPEN_XML}wordprocessingml.template": "dotx",
    f"{_OPEN_XML}spreadsheetml.sheet": "xlsx",
    f"{_OPEN_XML}spreadsheetml.template": "xltx",
    f"{_OPEN_XML}presentationml.presentation": "pptx",
    f"{_OPEN_XML}presentationml.slideshow": "ppsx",
    f"{_OPEN_XML}presentationml.template": "potx",
    f"{_OPEN_DOCUMENT}text": "odt",
    f"{_OPEN_DOCUMENT}spreadsheet": "ods",
    f"{_OPEN_DOCUMENT}presentation": "odp",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "text/html": "html",
    "image/png": "png",
    "image/svg+xml": "svg",
}


def name_of_copy(path: bytes, original: str, copy: str) -> bytes:
    """Return the name of a copy, from the name and the media types of both."""
    extension = EXTENSIONS.get(copy, "").encode()
    if original == copy or not extension or path.lower().endswith(b"." + extension):
        return path
    return path + b"." + extension
