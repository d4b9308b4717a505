"""JSON as FHIR means it: strict UTF-8, no name twice in an object, no number out of bounds.

Readers that keep the last of two equal names show one patient to one program and another to the
next; readers that take 1e400 for infinity write something else than they read.
"""

import json
import math
from typing import Any, NoReturn

from formats.faults import FormatError, LimitError, MalformedError

DEEPEST = 64
MOST_NODES = 2_000_000
LONGEST = 256 * 1024 * 1024
Json = Any


class RepeatedNameError(MalformedError):
    """A name stands twice in one object."""


def read_json(content: bytes) -> Json:
    """Return the value of one JSON text.

    Raises:
        LimitError: it is larger or deeper than may be read.
        RepeatedNameError: a name stands twice in one object.
        MalformedError: it is not JSON.
    """
    if len(content) > LONGEST:
        raise LimitError("a JSON text longer than 256 MiB")
    _check_depth(content)
    try:
        text = content.decode()
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # lone surrogates have no UTF-8
    except FormatError:
        raise
    except RecursionError as error:
        raise LimitError("nested too deeply") from error
    except ValueError as error:
        raise MalformedError("it is not JSON") from error
    return value


def _check_depth(content: bytes) -> None:
    """Bound nesting before parsing: brackets inside of strings count too, and only overcount."""
    if content.count(b"{") + content.count(b"[") <= DEEPEST:
        return
    depth = deepest = 0
    for character in content.translate(None, _NO_BRACKETS):
        depth += 1 if character in b"{[" else -1
        deepest = max(deepest, depth)
    if deepest > DEEPEST * 2:
        raise LimitError("nested too deeply")


_NO_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))


def _without_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise RepeatedNameError("a name stands twice in one object")
    return made


def _finite(text: str) -> float | str:
    number = float(text)
    # What is too small for a number of 64 bits becomes zero, and a dose of nothing.
    if math.isinf(number) or (not number and text.lower().partition("e")[0].strip("-0.")):
        raise MalformedError("a number beyond every bound")
    return number


def _refuse(name: str) -> NoReturn:
    raise MalformedError(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_repeats, parse_float=_finite, parse_constant=_refuse
)
