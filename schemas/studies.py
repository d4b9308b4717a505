"""What runs inside the box to tell which images of a study are missing: identifiers, hashed.

A UID leaves the box as 64 bits that depend on a secret of the run, so that nobody learns a
patient's study from it.
"""

import hashlib
from collections.abc import Mapping

from custody.box import Emit, Json, RunProgram, Sample
from schemas.dicom.series import Place, place_of

HASH_BYTES = 8


def run(sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
    """Return where an instance belongs; emit the hashes of what a directory names."""
    place = place_of(bytes(sample.view()))
    if place is None:
        return {}
    secret = bytes.fromhex(params["secret"])
    if place.names:
        emit("names", b"".join(_hashed(name, secret) for name in place.names))
    return _told(place, secret)


def _told(place: Place, secret: bytes) -> Json:
    uids = {"study": place.study, "series": place.series, "instance": place.instance}
    return {
        **{name: _hashed(uid, secret).hex() if uid else "" for name, uid in uids.items()},
        "number": place.number,
        "in_series": place.in_series,
        "in_study": place.in_study,
        "series_in_study": place.series_in_study,
    }


def _hashed(uid: str, secret: bytes) -> bytes:
    return hashlib.blake2b(uid.encode(), digest_size=HASH_BYTES, key=secret).digest()


def prepare(params: Mapping[str, Json]) -> RunProgram:
    """Return the program; it needs nothing before the box is locked."""
    del params
    return run
