"""The one place where an S3 error becomes a store's, with its next step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3SSLError

from custody.errors import (
    ObjectDamagedError,
    ObjectMissingError,
    StoreDeniedError,
    StoreError,
    StoreUntrustedError,
)

MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchUpload", "404", "NotFound"})
PAST_END = "InvalidRange"
DAMAGED = frozenset({"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"})
_KEYS = "check the credentials of this identity (see docs/stores.md)"
DENIED: dict[str, tuple[str, str]] = {
    "AccessDenied": (
        "this identity may not do that, or a lock keeps the object",
        "run `autoclave doctor`; see docs/stores.md for who may do what",
    ),
    "InvalidAccessKeyId": ("the store does not know this access key", _KEYS),
    "SignatureDoesNotMatch": ("the secret key is not the one of this access key", _KEYS),
    "RequestTimeTooSkewed": (
        "the clocks of this machine and of the store differ too much",
        "set the clock of this machine, then run again",
    ),
    "NoSuchBucket": ("the bucket is not there", "run `autoclave init --stores s3`"),
    "QuotaExceeded": ("the store's quota is used up", "raise the quota, then run again"),
}
DENIED["403"] = DENIED["Forbidden"] = DENIED["AccessDenied"]
# What OpenSSL calls it; a connection that breaks while it begins is an SSLError too.
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
UNREACHABLE: tuple[tuple[type[Exception], str], ...] = (
    (ConnectTimeoutError, "does not answer"),
    (ReadTimeoutError, "stopped answering"),
    (EndpointConnectionError, "cannot be reached"),
)


class PastEndError(StoreError):
    """A part that begins after the end of an object was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server is called where people read of it, and the section of its settings."""

    name: str = "the store"
    section: str = "stores"

    @property
    def again(self) -> str:
        """What to do when it fails for a passing reason."""
        return f"check the network and {self.name}, then run the same command again"


STORE = Server()


@contextmanager
def s3_faults(action: str, key: str = "", server: Server = STORE) -> Iterator[None]:
    """Turn every error of the SDK inside into a store's that says what was being done."""
    try:
        yield
    except ClientError as error:
        raise _answered(action, key, error, server) from error
    except (BotoCoreError, URLLib3SSLError) as error:
        raise _broken(action, error, server) from error


def code_of(error: StoreError) -> str:
    """Return the S3 code behind a store's error; empty when the store did not answer."""
    cause = error.__cause__
    return _code(cause) if isinstance(cause, ClientError) else ""


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _answered(action: str, key: str, error: ClientError, server: Server) -> StoreError:
    """Return what an answer of the store means; its own text is not repeated."""
    code = _code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in MISSING:
        return ObjectMissingError(
            f"no object {key}", next_step="check that this is the right store"
        )
    if code == PAST_END:
        return PastEndError(f"cannot {action}: there is nothing after the end")
    if code in DAMAGED:
        return ObjectDamagedError(
            f"cannot {action}: the bytes changed on their way", next_step="run again"
        )
    if code in DENIED:
        reason, next_step = DENIED[code]
        return StoreDeniedError(f"cannot {action}: {reason}", next_step=next_step)
    # 408 and 429 are the two of their hundred that pass (RFC 9110 §15.5.9, RFC 6585 §4).
    if 400 <= status < 500 and status not in {408, 429}:
        return StoreDeniedError(
            f"cannot {action}: {server.name} refuses ({code})", next_step="run `autoclave doctor`"
        )
    return StoreError(
        f"cannot {action}: {server.name} fails ({code or status})", next_step=server.again
    )


def _broken(action: str, error: Exception, server: Server) -> StoreError:
    if isinstance(error, SSLError | URLLib3SSLError) and UNTRUSTED in str(error):
        return StoreUntrustedError(
            f"cannot {action}: {server.name}'s certificate is not one that we trust",
            next_step=f"name the certificate of its authority in {server.section}.ca_file",
        )
    for kind, reason in UNREACHABLE:
        if isinstance(error, kind):
            return StoreError(f"cannot {action}: {server.name} {reason}", next_step=server.again)
    reason = f"the connection to {server.name} broke ({type(error).__name__})"
    return StoreError(f"cannot {action}: {reason}", next_step=server.again)
