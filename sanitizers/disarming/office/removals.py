"""The account of what was taken out, in the codes of the scanner's rules."""

import re
from collections import Counter
from collections.abc import Iterable

from sanitizers.disarming.interface import Removed

# Names that Office gives its parts; any other name may say something of its author.
_ORDINARY = re.compile(
    r"(?:\[Content_Types\]\.xml|(?:(?:word|xl|ppt|docProps|customXml|_rels|[a-z]+[A-Z]\w{1,20}|"
    r"media|embeddings|slides|charts|drawings|worksheets|theme|notes|diagrams|tables|META-INF|"
    r"Pictures|Basic|Scripts|Configurations2|Thumbnails)/){0,3}"
    r"[A-Za-z]{2,24}\d{0,5}\.(?:xml|bin|vml|rels|png|jpe?g|gif|[ew]mf|xlsx|docx|pptx))"
)
_MOST = 500


class Removals:
    """Counts what is taken out, by code and by the part that held it."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, rule: str, part: str, times: int = 1) -> None:
        """Count something that a rule of the active_content scanner names."""
        self._counts[rule.replace("-", ".", 1), place(part)] += times

    def take(self, removed: Iterable[Removed], part: str) -> None:
        """Count what was taken out of a document that is this part."""
        for each in removed:
            self._counts[each.code, place(part)] += each.times

    def listed(self) -> tuple[Removed, ...]:
        """Return all that was taken out, sorted."""
        found = sorted(self._counts.items())[:_MOST]
        return tuple(Removed(code=code, where=where, times=times) for (code, where), times in found)


def place(part: str) -> str:
    """Return a part's name as far as it is one of those that Office gives."""
    return part if _ORDINARY.fullmatch(part) else "a part"
