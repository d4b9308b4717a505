"""JSON on stdout: one value a line, in ASCII, so that no name in it can act on a terminal."""

import json
from collections.abc import Iterable, Iterator

from custody.box import Json


def json_line(value: Json) -> str:
    """Return one value as one line, its end included.

    Raises:
        ValueError: a number in it is not finite, which JSON cannot say.
    """
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n"


def json_lines(values: Iterable[Json]) -> Iterator[str]:
    """Yield one line a value, as the values come."""
    return map(json_line, values)
