"""What an S3 error means for a source: the whole of it cannot be read, or one entry cannot."""

from collections.abc import Iterator
from contextlib import contextmanager

from custody.entry import NotTakenReason
from custody.errors import ObjectMissingError, SourceError, StoreDeniedError, StoreError
from quarantine.interface import NotReadableError
from storage.s3.faults import code_of

_KEYS = "check the keys in credentials/source.toml (see docs/sources.md)"
# What says nothing of one object: with it every other one is refused as well.
OF_ALL: dict[str, tuple[str, str]] = {
    "NoSuchBucket": ("there is no such bucket", "check its name, and sources.endpoint"),
    "InvalidAccessKeyId": ("the server does not know this access key", _KEYS),
    "SignatureDoesNotMatch": (
        "the secret key is not the one of this access key, or sources.region is another",
        _KEYS,
    ),
    "ExpiredToken": ("the keys have expired", _KEYS),
    "InvalidToken": ("the keys are no valid ones", _KEYS),
    "AuthorizationHeaderMalformed": (
        "sources.region is not the bucket's region",
        "set sources.region",
    ),
    "PermanentRedirect": ("the bucket lies at another endpoint", "set sources.endpoint"),
    "RequestTimeTooSkewed": (
        "the clocks of this machine and of the server differ too much",
        "set the clock of this machine, then run again",
    ),
    "RequestExpired": (
        "the clocks of this machine and of the server differ too much",
        "set the clock of this machine, then run again",
    ),
}
_LISTING = OF_ALL | dict.fromkeys(
    ("AccessDenied", "403", "Forbidden"),
    ("these keys may not list it", "let them do what docs/sources.md names"),
)
GONE = frozenset({"MethodNotAllowed"})  # the removal itself stands there now
OTHER = frozenset({"PreconditionFailed", "412"})
# The server is busy, which is no fault of the object.
BUSY = frozenset({"SlowDown", "ServiceUnavailable", "503", "TooManyRequests", "429", "Throttling"})


@contextmanager
def of_listing(bucket: str) -> Iterator[None]:
    """Turn what the server refuses into the source's; what passes stays a store's (exit 6)."""
    try:
        yield
    except StoreError as error:
        code = code_of(error)
        if code not in OF_ALL and not isinstance(error, StoreDeniedError | ObjectMissingError):
            raise
        reason, next_step = _LISTING.get(
            code, (f"the server refuses ({code})", "check the place, and sources.endpoint")
        )
        raise SourceError(
            f"the bucket {bucket} cannot be listed: {reason}", next_step=next_step
        ) from error


@contextmanager
def of_object(bucket: str) -> Iterator[None]:
    """Turn what the server refuses of one object into why it is not taken."""
    try:
        yield
    except ObjectMissingError as error:
        raise NotReadableError(NotTakenReason.VANISHED, "the server has it no more") from error
    except StoreDeniedError as error:
        raise _refused(bucket, error) from error


def is_busy(error: StoreError) -> bool:
    """Whether a server that fails says that it has too much to do."""
    return code_of(error) in BUSY


def _refused(bucket: str, error: StoreDeniedError) -> SourceError:
    code = code_of(error)
    if code in OF_ALL:
        reason, next_step = OF_ALL[code]
        return SourceError(f"the bucket {bucket} cannot be read: {reason}", next_step=next_step)
    if code in OTHER:
        return NotReadableError(NotTakenReason.CHANGED, "another object stands there now")
    if code in GONE:
        return NotReadableError(NotTakenReason.VANISHED, "it was removed")
    return NotReadableError(NotTakenReason.UNREADABLE, f"the server refuses ({code})")
