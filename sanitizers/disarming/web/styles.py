"""Style sheets and targets: what of them fetches nothing and runs nothing.

A sheet is not parsed: it stays whole when none of the words stands in it by which anything is
fetched or run, and goes whole otherwise (CSS Syntax 3, CSS Values 4 section 4.5).
"""

import re

_REMARKS = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
# An escape may spell any of these words, and a remark may split one.
_WORDS = re.compile(
    r"\\|/\*|<|expression|behaviou?r|binding|import|image|src|script|url\s*\((?!\s*[\"']?#[\w.:-]+[\"']?\s*\))",
    re.IGNORECASE,
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_PICTURE = re.compile(
    r"data:image/(?:png|jpe?g|gif|bmp|webp);base64,[A-Za-z0-9+/=]*\Z", re.IGNORECASE
)
_WEB = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_BESIDE = re.compile(r"(?![a-z][a-z0-9+.-]*:|[/\\]{2})[^\\]*\Z", re.IGNORECASE)


def plain_style(sheet: str) -> str | None:
    """Return a sheet without its remarks; None when it may fetch or run something."""
    plain = _REMARKS.sub(" ", sheet)
    return None if _is_active(plain) or _is_active(_REMARKS.sub("", sheet)) else plain


def plain_declarations(style: str) -> tuple[str, int]:
    """Return the declarations of one element that are passive, and how many were not."""
    given = style.split(";")
    kept = [declaration for declaration in given if plain_style(declaration) == declaration]
    return ";".join(kept).strip(), len(given) - len(kept)


def _is_active(sheet: str) -> bool:
    return _WORDS.search(sheet) is not None


def target(value: str) -> str:
    """Return a target as a browser reads it: no spaces around, no controls anywhere (URL 4.4).

    Spaces inside are part of it: names of files have them.
    """
    return _CONTROLS.sub("", value).strip(" ")


def is_link(value: str) -> bool:
    """Whether a click on it asks a browser or a mail program, or stays beside the document."""
    return _WEB.match(value) is not None or is_beside(value)


def is_beside(value: str) -> bool:
    """Whether what it names lies in the document or beside it, with its spaces and without."""
    return all(_BESIDE.match(each) for each in (value, value.replace(" ", "")))


def is_picture(value: str) -> bool:
    """Whether it is a picture of pixels, written into the target itself."""
    return _PICTURE.match(value.replace(" ", "")) is not None
