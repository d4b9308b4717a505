"""The programs that write a container anew, and that read the copy as another reader would."""

from collections.abc import Mapping
from hashlib import sha256

from custody.box import Emit, Json, Sample
from formats.faults import FormatError
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.programs import COPY
from sanitizers.disarming.rebuilding import mails, streams, tars, zips
from sanitizers.disarming.rebuilding.plan import Writer, decode
from sanitizers.disarming.registry import REBUILT
from sanitizers.limits import Limits

_OWN: Mapping[str, Writer] = {
    mails.MEDIA_TYPE: mails.WRITER,
    tars.MEDIA_TYPE: tars.WRITER,
    zips.MEDIA_TYPE: zips.WRITER,
    **{media_type: streams.writer_of(media_type) for media_type in streams.KINDS},
}
WRITERS: Mapping[str, Writer] = {
    media_type: _OWN.get(media_type)
    or Writer(rebuild=zips.from_another(media_type), reread=zips.reread)
    for media_type in REBUILT
}


class Rebuild:
    """Writes a container anew, as it is told: the sample is the container, and copies behind it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Emit the copy, or return why there is none."""
        content = bytes(sample.view())
        try:
            plan = decode(params["parts"], content)
            own = content[: int(params["size"])]
            made = WRITERS[params["media_type"]].rebuild(own, plan, self._limits)
        except CannotDisarmError as error:
            return {"refusal": f"refused: {error}"}
        except FormatError as error:
            return {"refusal": f"{error.code}: {error.reason}"}
        emit(COPY, made.content)
        return {"refusal": "", "media_type": made.media_type}


class Reread:
    """Reads a copy as another reader than the one that inspection trusts."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Return how many parts it sees, and one digest over those of all of them."""
        del emit
        try:
            found = WRITERS[params["media_type"]].reread(bytes(sample.view()), self._limits)
        except CannotDisarmError as error:
            return {"refusal": f"refused: {error}"}
        except FormatError as error:
            return {"refusal": f"{error.code}: {error.reason}"}
        return {"refusal": "", "parts": len(found), "digest": digest_of_all(found)}


def digest_of_all(contents: list[bytes]) -> str:
    """Return one digest over the digests of some contents, in their order."""
    return sha256(b"".join(sha256(content).digest() for content in contents)).hexdigest()


def rebuilding(params: Mapping[str, Json]) -> Rebuild:
    """Make the program that writes."""
    return Rebuild(Limits(**params["limits"]))


def rereading(params: Mapping[str, Json]) -> Reread:
    """Make the program that reads."""
    return Reread(Limits(**params["limits"]))
