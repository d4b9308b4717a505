"""Pictures inside documents: written anew like those that stand alone, where their type is known.

What cannot be read as its type stays as it is, unless something is hidden in it: odd pictures are
shown by programs that are more patient than we are, and a document is not held for them.
"""

from collections.abc import Mapping
from hashlib import sha256

from formats.faults import FormatError
from formats.hidden import first_hidden
from sanitizers.disarming.images import bitmaps, gifs, jpegs, pngs, tiffs
from sanitizers.disarming.interface import CannotDisarmError, Copy, Disarmer
from sanitizers.sniffing import sniff

_DISARMERS: Mapping[str, Disarmer] = {
    module.MEDIA_TYPE: module.DISARMER for module in (bitmaps, gifs, jpegs, pngs)
} | {"image/tiff": tiffs.DISARMER}
_UNREADABLE = (FormatError, CannotDisarmError)
HIDDEN = "image.hidden"


def plain_picture(content: bytes, media_type: str = "") -> Copy:
    """Return a picture without remarks, metadata and what is behind its end; others as they are.

    Raises:
        CannotDisarmError: it cannot be read as its type, and something is hidden in it.
    """
    media_type = media_type or sniff(content).media_type
    disarmer = _DISARMERS.get(media_type)
    if disarmer is None:
        return Copy(content=content, media_type=media_type)
    try:
        return disarmer.disarm(content, frozenset())
    except _UNREADABLE as error:
        if first_hidden(content):
            raise CannotDisarmError("a picture that cannot be read hides something") from error
        return Copy(content=content, media_type=media_type)


def shown_by(content: bytes, media_type: str = "") -> str:
    """Return a digest of the pixels of a picture; of all of it where they are not read."""
    disarmer = _DISARMERS.get(media_type or sniff(content).media_type)
    if disarmer is not None:
        try:
            values = disarmer.measure(content).values
            return sha256(repr(sorted(values.items())).encode()).hexdigest()
        except _UNREADABLE:
            pass  # as it stands, then
    return sha256(content).hexdigest()


def left_in(content: bytes, media_type: str = "") -> tuple[str, ...]:
    """Return the codes of what a picture in a copy may not have."""
    disarmer = _DISARMERS.get(media_type or sniff(content).media_type)
    if disarmer is None:
        return ()
    try:
        return disarmer.walk(content)
    except _UNREADABLE:
        return (HIDDEN,) if first_hidden(content) else ()
