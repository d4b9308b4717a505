"""The disarmer of PDF files: opened, cleaned in one pass, and written anew by qpdf.

Nothing unreachable is kept, and nothing that stood around the file. The identifier is a digest of
what was written, so that the same objects make the same bytes.
"""

import warnings
from io import BytesIO

import pikepdf

from sanitizers.disarming.interface import Copy, Disarmer, Switch
from sanitizers.disarming.pdf.cleaning import Cleaning
from sanitizers.disarming.pdf.measuring import measure
from sanitizers.disarming.pdf.opening import opened
from sanitizers.disarming.pdf.walking import walk

MEDIA_TYPE = "application/pdf"


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return a copy with its pages, form values and links to the web, and nothing that runs.

    Raises:
        CannotDisarmError: it is signed and no person gave that up, or needs a password, or has no
            pages of its own.
        FormatError: it cannot be read.
    """
    with opened(content) as pdf:
        removed = Cleaning(pdf).run(although_signed=Switch.ALTHOUGH_SIGNED in switches)
        return Copy(content=_written(pdf), media_type=MEDIA_TYPE, removed=removed)


def _written(pdf: pikepdf.Pdf) -> bytes:
    """Write the objects in the order in which they are reached, then pack them.

    Packing keeps the order of their numbers: the first writing makes that the same for every copy.
    """
    plain = BytesIO()
    _save(pdf, plain, pikepdf.ObjectStreamMode.disable)
    packed = BytesIO()
    with pikepdf.Pdf.open(plain) as ordered:
        del ordered.trailer["/ID"]
        _save(ordered, packed, pikepdf.ObjectStreamMode.generate)
    return packed.getvalue()


def _save(pdf: pikepdf.Pdf, target: BytesIO, mode: pikepdf.ObjectStreamMode) -> None:
    with warnings.catch_warnings():
        # About widgets that no form lists: they were not listed before either.
        warnings.simplefilter("ignore")
        pdf.save(
            target,
            fix_metadata_version=False,
            object_stream_mode=mode,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            encryption=False,
            deterministic_id=True,
        )


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
