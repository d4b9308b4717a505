"""The named faults of the format readers: every way in which hostile bytes may fail to be read.

FormatError
├── TruncatedError    the structure goes on beyond the last byte
├── MalformedError    the bytes contradict the format
├── ProtectedError    readable only with a password
├── LimitError        larger, deeper or longer than a reader is allowed to follow
└── UnsupportedError  a part of the format that the reader does not know
"""

from typing import ClassVar

from custody.errors import AutoclaveError


class FormatError(AutoclaveError):
    """Root of the named faults; `offset` is where the reader stood, -1 when that means nothing."""

    code: ClassVar[str] = "fault"

    def __init__(self, reason: str, *, offset: int = -1) -> None:
        super().__init__(reason)
        self.offset = offset


class TruncatedError(FormatError):
    """The structure goes on beyond the last byte."""

    code = "truncated"


class MalformedError(FormatError):
    """The bytes contradict the format."""

    code = "malformed"


class ProtectedError(FormatError):
    """The content is encrypted by its owner and needs a password."""

    code = "password-protected"


class LimitError(FormatError):
    """A reader's bound on size, depth or number is reached."""

    code = "limit"


class UnsupportedError(FormatError):
    """A part of the format that the reader does not know, so that nothing can be said of it."""

    code = "unsupported"
