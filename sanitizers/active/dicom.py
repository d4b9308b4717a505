"""Documents inside DICOM objects (PS3.3 A.45), which have to be taken out and inspected."""

from collections.abc import Iterator

from custody.finding import Finding
from formats.dicom import ENCAPSULATED_DOCUMENT, read_dicom
from sanitizers.active.observation import embedded
from sanitizers.inflating import inflate_raw
from sanitizers.interface import Opened


def look(opened: Opened) -> Iterator[Finding]:
    """Yield a finding when the object holds a document.

    Raises:
        FormatError: the object cannot be walked whole.
    """
    read = read_dicom(opened.content, inflate_raw, most=opened.limits.most_member_bytes)
    if ENCAPSULATED_DOCUMENT in read.elements:
        yield embedded(opened.media_type)
