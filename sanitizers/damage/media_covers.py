"""Damage in the covers of films and sound: pictures in their notes, and the filling behind them.

Notes with a picture in them look random where it is packed, so that the picture is followed to its
end by its own structure, and only what stands behind it has to be words, numbers and zeros.
"""

import re

from formats import images
from formats.base_media import Box, child
from formats.faults import FormatError, MalformedError, TruncatedError
from formats.randomness import first_random_sector
from sanitizers.damage.pictures import check_scan
from sanitizers.inflating import checksum

_JPEG = b"\xff\xd8\xff"
_PICTURE = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n")
_MOST_PICTURES = 16


def check_covers(content: bytes, film: Box) -> None:
    """Follow the pictures in the notes of a film or a recording (udta).

    Raises:
        MalformedError: one breaks, or noise stands behind the last one.
    """
    notes = child(content, film, b"udta")
    if notes is None or _PICTURE.search(content, notes.start, notes.end) is None:
        return
    at = notes.start
    for _ in range(_MOST_PICTURES):
        found = _PICTURE.search(content, at, notes.end)
        if found is None:
            break
        try:
            at = found.start() + _end_of_picture(content[found.start() : notes.end])
        except TruncatedError:
            return  # some writers cut their pictures themselves
        except FormatError as error:
            at = found.start() + max(0, error.offset)
            raise MalformedError(f"a cover: {error.reason}", offset=at) from error
    noisy = first_random_sector(content, at, notes.end)
    if noisy >= 0:
        raise MalformedError("noise where words and numbers have to be", offset=noisy)


def _end_of_picture(inside: bytes) -> int:
    """Return where a picture ends.

    Raises:
        FormatError: it does not.
    """
    if not inside.startswith(_JPEG):
        return images.end_of_png(inside, checksum)
    end = images.end_of_jpeg(inside)
    if check_scan(inside, 0, end) is not None:
        raise MalformedError("a picture that breaks", offset=0)
    return end
