"""Taking containers apart, as their caller sees it: jobs for the box, replies read with care."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from custody.box import Answer, Box, Content, Failure, FailureCode, Job, Json, Produced
from custody.names import from_base64
from sanitizers.containers.unpacked import Unpacked
from sanitizers.containers.unpacking import BATCH_BYTES
from sanitizers.limits import Limits

PROGRAM = "unpack"
SECONDS = 30.0
BYTES_A_SECOND = 10 * 1024 * 1024
LONGEST_REFUSAL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some parts of a container; `fault` says why the rest of it cannot be had.

    A transient fault is the machine's: it says nothing about the container.
    """

    parts: tuple[Unpacked, ...] = ()
    fault: str = ""
    transient: bool = False


def batches(
    box: Box, content: Content, size: int, media_type: str, limits: Limits
) -> Iterator[Batch]:
    """Yield the parts of a container in batches, until it is empty or has a fault."""
    most = limits.most_content_bytes + BATCH_BYTES
    first: int | None = 0
    while first is not None:
        job = Job(
            program=PROGRAM,
            content=content,
            params={"media_type": media_type, "first": first},
            seconds=SECONDS + (size + most) / BYTES_A_SECOND,
            produce_limit=most,
        )
        (reply,) = box.run([job])
        if isinstance(reply, Failure):
            yield _failed(reply)
            return
        batch, first = _read(reply, first)
        yield batch


def _read(reply: Answer, first: int) -> tuple[Batch, int | None]:
    """Check a reply: each label a name and a refusal, and a next part that is really further on."""
    try:
        parts = tuple(_part(produced) for produced in reply.produced)
        following, fault = _ending(reply.untrusted_value)
    except (ValueError, TypeError, KeyError):
        return _failed(Failure(code=FailureCode.FORGED)), None
    if following is not None and following != first + len(parts):
        return _failed(Failure(code=FailureCode.FORGED)), None
    return Batch(parts=parts, fault=fault), following if parts else None


def _part(produced: Produced) -> Unpacked:
    name, refusal = json.loads(produced.untrusted_label)
    return Unpacked(
        untrusted_name=from_base64(name),
        content=produced.content,
        refusal=_plain(refusal),
    )


def _ending(untrusted_value: Mapping[str, Json]) -> tuple[int | None, str]:
    following, fault = untrusted_value["next"], untrusted_value["fault"]
    if following is not None and (not isinstance(following, int) or isinstance(following, bool)):
        raise ValueError("the next part is a number or nothing")
    return following, _plain(fault)


def _plain(untrusted_text: Json) -> str:
    """Return a reason as one printable line: it goes where people and the ledger see it."""
    if not isinstance(untrusted_text, str):
        raise TypeError("a reason is a text")
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in untrusted_text)[
        :LONGEST_REFUSAL
    ]


def _failed(failure: Failure) -> Batch:
    detail = f": {failure.detail}" if failure.detail else ""
    return Batch(
        fault=f"{failure.code.value}{detail}", transient=failure.code is FailureCode.MACHINE
    )
