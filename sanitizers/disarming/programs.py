"""The programs that make a copy without active content, and that prove one: both inside the box.

They are two, and each runs in a process that ends with its sample: what a hostile original did to
the one that made its copy has no say in whether the copy is good.
"""

from collections import Counter
from collections.abc import Mapping

from custody.box import Emit, Json, Sample
from formats.faults import FormatError
from sanitizers.disarming.interface import (
    CannotDisarmError,
    Disarmer,
    Removed,
    Switch,
)
from sanitizers.disarming.registry import MODULES, PIXELS, disarmer_of
from sanitizers.limits import Limits

COPY = "copy"
MOST_LISTED = 1000

Disarmers = Mapping[str, Disarmer]
# Behind a media type, the one that makes pictures of it.
_PICTURES = " as pictures"


class Disarm:
    """Makes a copy, and says what is no longer in it."""

    def __init__(self, disarmers: Disarmers, limits: Limits) -> None:
        self._disarmers = disarmers
        self._limits = limits

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Emit the copy, or return why there is none."""
        refusal = _too_large(sample, self._limits)
        if refusal:
            return {"refusal": refusal}
        switches = frozenset(map(Switch, params["switches"]))
        try:
            disarmer = self._disarmers[_key(params)]
            made = disarmer.disarm(bytes(sample.view()), switches)
        except CannotDisarmError as error:
            return {"refusal": f"refused: {error}"}
        except FormatError as error:
            return {"refusal": f"{error.code}: {error.reason}"}
        emit(COPY, made.content)
        return {
            "refusal": "",
            "media_type": made.media_type,
            "removed": [[r.code, r.where, r.times] for r in bounded(made.removed)],
        }


class Prove:
    """Measures a content, and walks it for what is active: of an original or of a copy."""

    def __init__(self, disarmers: Disarmers, limits: Limits) -> None:
        self._disarmers = disarmers
        self._limits = limits

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Return what must stay equal, and the codes of what is active if that is asked."""
        del emit
        refusal = _too_large(sample, self._limits)
        if refusal:
            return {"refusal": refusal}
        content, disarmer = bytes(sample.view()), self._disarmers[_key(params)]
        try:
            measures = dict(disarmer.measure(content).values)
            left = disarmer.walk(content) if params["walk"] else ()
        except CannotDisarmError as error:
            return {"refusal": f"refused: {error}"}
        except FormatError as error:
            return {"refusal": f"{error.code}: {error.reason}"}
        return {"refusal": "", "measures": measures, "left": list(dict.fromkeys(left))[:50]}


def disarming(params: Mapping[str, Json]) -> Disarm:
    """Make the program that disarms."""
    return Disarm(_all_disarmers(), Limits(**params["limits"]))


def proving(params: Mapping[str, Json]) -> Prove:
    """Make the program that proves."""
    return Prove(_all_disarmers(), Limits(**params["limits"]))


def _all_disarmers() -> Disarmers:
    """Import every disarmer: after the lock nothing can be."""
    drawn = {each + _PICTURES: disarmer_of(each, pixels=True) for each in PIXELS}
    return {media_type: disarmer_of(media_type) for media_type in MODULES} | drawn


def _key(params: Mapping[str, Json]) -> str:
    """Return under which name the disarmer is known that a job asks for."""
    media_type: str = params["media_type"]
    drawn = Switch.PIXELS.value in params["switches"] and media_type in PIXELS
    return media_type + _PICTURES if drawn else media_type


def _too_large(sample: Sample, limits: Limits) -> str:
    most = limits.most_content_bytes
    return f"limit: larger than {most} bytes" if sample.size > most else ""


def bounded(removed: tuple[Removed, ...]) -> tuple[Removed, ...]:
    """Return what was removed; where that is too long to tell, only how often each kind was."""
    if len(removed) <= MOST_LISTED:
        return removed
    times: Counter[str] = Counter()
    for each in removed:
        times[each.code] += each.times
    return tuple(Removed(code=code, times=n) for code, n in sorted(times.items()))
