"""Frames between the caller and a locked process: exact sizes, integer codes, JSON, all checked.

Requests travel to the box, replies come out of it. Each reply repeats the random token of its
request. A reply that is out of protocol raises `WireError`, and its process is killed.
"""

import json
import math
import struct
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import NoReturn

from custody.box import FailureCode, Json, Produced

REQUEST = struct.Struct("<B8sIQQQ")  # kind, token, parameter bytes, offset, length, produce limit
REPLY = struct.Struct("<B8sQ")  # kind, token, payload bytes
LABEL = struct.Struct("<H")
TOKEN_BYTES = 8
NO_TOKEN = bytes(TOKEN_BYTES)

MOST_INLINE = 256 * 1024
MOST_PARAMETERS = 16 * 1024 * 1024
MOST_ANSWER = 1024 * 1024
MOST_DETAIL = 64
LONGEST_LABEL = 4096
STREAM_OVERHEAD = 64  # bytes charged for each stream, so that empty ones are not free
FREE_OVERHEAD = 1024 * 1024


class WireError(Exception):
    """What a locked process sent is not in the protocol."""


@unique
class RequestKind(IntEnum):
    """What the caller sends."""

    INLINE = 1
    DESCRIPTOR = 2
    SYNC = 3


@unique
class ReplyKind(IntEnum):
    """What a process of the box sends."""

    ANSWER = 1
    FAILED = 2
    PRODUCED = 3
    SYNCED = 4
    READY = 5
    REFUSED = 6


# A locked process can only speak of its sample: `MACHINE` from there would be retried for ever.
SENT_CODES: dict[int, FailureCode] = {
    1: FailureCode.RAISED,
    2: FailureCode.OUT_OF_MEMORY,
    3: FailureCode.TOO_MUCH_OUTPUT,
}
CODE_NUMBERS = {code: number for number, code in SENT_CODES.items()}

FIXED_LIMITS: dict[ReplyKind, int] = {
    ReplyKind.ANSWER: MOST_ANSWER,
    ReplyKind.FAILED: 1 + MOST_DETAIL,
    ReplyKind.SYNCED: 0,
    ReplyKind.READY: MOST_ANSWER,
    ReplyKind.REFUSED: MOST_ANSWER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The head of one request; the content of an inline one follows its parameters."""

    kind: RequestKind
    token: bytes
    parameters: bytes = b""
    offset: int = 0
    length: int = 0
    produce_limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One reply frame, whole, with a payload that nobody has read yet."""

    kind: ReplyKind
    token: bytes
    payload: bytes


@dataclass(slots=True, kw_only=True)
class Credit:
    """What one job may still send as produced streams; the same sums are kept on both sides."""

    content: int
    overhead: int

    @classmethod
    def of(cls, produce_limit: int) -> "Credit":
        """Return the credit of a job that may produce so many bytes."""
        return cls(content=produce_limit, overhead=FREE_OVERHEAD + produce_limit)

    def allows(self, content: int, label: int) -> bool:
        """Whether a stream of these sizes fits."""
        return content <= self.content and label + STREAM_OVERHEAD <= self.overhead

    def charge(self, content: int, label: int) -> None:
        """Take a stream's sizes off."""
        self.content -= content
        self.overhead -= label + STREAM_OVERHEAD


def encode_request(request: Request) -> bytes:
    """Return a request's head and parameters as bytes."""
    return (
        REQUEST.pack(
            request.kind,
            request.token,
            len(request.parameters),
            request.offset,
            request.length,
            request.produce_limit,
        )
        + request.parameters
    )


def encode_sync(token: bytes) -> bytes:
    """Return a request to which every process answers by the same token and nothing else."""
    return encode_request(Request(kind=RequestKind.SYNC, token=token))


def encode_reply(kind: ReplyKind, token: bytes, payload: bytes = b"") -> bytes:
    """Return a reply frame as bytes."""
    return REPLY.pack(kind, token, len(payload)) + payload


def encode_produced(token: bytes, label: bytes, content: bytes) -> list[bytes]:
    """Return a produced stream as buffers: the content is not copied into the frame."""
    size = LABEL.size + len(label) + len(content)
    return [REPLY.pack(ReplyKind.PRODUCED, token, size) + LABEL.pack(len(label)) + label, content]


def encode_failed(code: FailureCode, detail: str) -> bytes:
    """Return the payload of a failure."""
    return bytes((CODE_NUMBERS[code],)) + detail.encode("ascii", "replace")[:MOST_DETAIL]


def decode_failed(untrusted_payload: bytes) -> tuple[FailureCode, str]:
    """Check and return a failure's code, and its detail where that is one plain identifier.

    Raises:
        WireError: the code is none that a locked process may send.
    """
    code = SENT_CODES.get(untrusted_payload[0]) if untrusted_payload else None
    if code is None:
        raise WireError("a failure without a known code")
    detail = untrusted_payload[1:].decode("ascii", "replace")
    return code, detail if detail.isascii() and detail.isidentifier() else ""


def decode_produced(untrusted_payload: bytes) -> Produced:
    """Check and return a produced stream.

    Raises:
        WireError: the label is cut, too long, or not UTF-8.
    """
    if len(untrusted_payload) < LABEL.size:
        raise WireError("a produced stream without a label")
    (length,) = LABEL.unpack_from(untrusted_payload)
    start = LABEL.size + length
    if length > LONGEST_LABEL or len(untrusted_payload) < start:
        raise WireError("a label that is too long or cut")
    try:
        label = untrusted_payload[LABEL.size : start].decode()
    except UnicodeDecodeError as error:
        raise WireError("a label that is not UTF-8") from error
    return Produced(untrusted_label=label, content=untrusted_payload[start:])


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):  # 1e999 is JSON, and no number that JSON can say again
        raise ValueError(text)
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


# Made once: making one costs more than a small value does.
ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def encode_json(value: Json) -> bytes:
    """Return a value as JSON; lone surrogates, which no store would take, become question marks.

    Raises:
        TypeError, ValueError, RecursionError: the value is not JSON.
    """
    return ENCODER.encode(value).encode("utf-8", "replace")


def decode_json(untrusted_payload: bytes) -> Json:
    """Return a JSON value: no NaN, no bottomless nesting, no lone surrogate.

    Raises:
        WireError: the payload is not such JSON.
    """
    try:
        value = DECODER.decode(untrusted_payload.decode())
        if b"\\u" in untrusted_payload:
            ENCODER.encode(value).encode()
    except (ValueError, RecursionError) as error:
        raise WireError("a value that is not JSON") from error
    return value


class ReplyReader:
    """Cuts what a process of the box sends into frames, and refuses a frame by its head alone."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, untrusted_bytes: bytes) -> None:
        """Add what was received."""
        self._buffer += untrusted_bytes

    def take(self, credit: Credit | None = None) -> Frame | None:
        """Return the next whole frame; None when more bytes are needed.

        Raises:
            WireError: the head names an unknown kind or a size that this kind may not have.
        """
        if len(self._buffer) < REPLY.size:
            return None
        number, token, size = REPLY.unpack_from(self._buffer)
        kind = _kind_of(number)
        if size > _limit_of(kind, credit):
            raise WireError("a frame beyond its limit")
        end = REPLY.size + size
        if len(self._buffer) < end:
            return None
        payload = bytes(memoryview(self._buffer)[REPLY.size : end])
        del self._buffer[:end]
        return Frame(kind=kind, token=token, payload=payload)


def _kind_of(number: int) -> ReplyKind:
    try:
        return ReplyKind(number)
    except ValueError as error:
        raise WireError("a frame of an unknown kind") from error


def _limit_of(kind: ReplyKind, credit: Credit | None) -> int:
    if kind is not ReplyKind.PRODUCED:
        return FIXED_LIMITS[kind]
    return LABEL.size + LONGEST_LABEL + credit.content if credit else 0
