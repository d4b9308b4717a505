"""Every error of the SDK becomes a store's error with a next step."""

import inspect

import botocore.exceptions
import pytest
from botocore.exceptions import BotoCoreError, ClientError, SSLError

from custody.errors import (
    ExitCode,
    ObjectDamagedError,
    ObjectMissingError,
    StoreDeniedError,
    StoreError,
    StoreUntrustedError,
)
from storage.s3.faults import DENIED, UNTRUSTED, PastEndError, code_of, s3_faults

BROKEN = sorted(
    {
        error
        for _, error in inspect.getmembers(botocore.exceptions, inspect.isclass)
        if issubclass(error, BotoCoreError)
    },
    key=lambda error: error.__name__,
)


def answer(code: str, status: int = 400) -> ClientError:
    """Return an error that a server answered with; its text names a patient."""
    response = {
        "Error": {"Code": code, "Message": "no access to /patient-name"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "PutObject")


def mapped(error: Exception) -> StoreError:
    """Return what an error becomes."""
    with pytest.raises(StoreError) as caught, s3_faults("store an object", "a/b"):
        raise error
    return caught.value


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_every_error_of_the_sdk_is_a_passing_fault_of_the_store(kind: type[Exception]) -> None:
    """No class of the SDK's own errors escapes, and none of its texts is repeated."""
    error = kind.__new__(kind)
    error.args = ("https://host/patient-name",)

    found = mapped(error)

    assert ExitCode.UNAVAILABLE is found.exit_code
    assert not isinstance(found, StoreDeniedError | ObjectMissingError | ObjectDamagedError)
    assert found.next_step
    assert "patient" not in str(found)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("NoSuchKey", 404, ObjectMissingError),
        ("NoSuchVersion", 404, ObjectMissingError),
        ("404", 404, ObjectMissingError),
        ("BadDigest", 400, ObjectDamagedError),
        ("XAmzContentSHA256Mismatch", 400, ObjectDamagedError),
        ("InvalidRange", 416, PastEndError),
        ("AccessDenied", 403, StoreDeniedError),
        ("403", 403, StoreDeniedError),
        ("NoSuchBucket", 404, StoreDeniedError),
        ("SomethingNew", 409, StoreDeniedError),
        ("SlowDown", 503, StoreError),
        ("InternalError", 500, StoreError),
        ("RequestTimeout", 408, StoreError),
        ("TooManyRequests", 429, StoreError),
        ("", 502, StoreError),
    ],
)
def test_answers_are_told_apart(code: str, status: int, kind: type[StoreError]) -> None:
    """What is missing, damaged, denied or passing is an error of its own kind."""
    found = mapped(answer(code, status))

    assert kind is type(found)
    assert "patient" not in str(found)


@pytest.mark.parametrize("code", DENIED)
def test_every_known_refusal_has_its_own_words(code: str) -> None:
    """A wrong key, a wrong clock and a missing bucket are different sentences."""
    reason, next_step = DENIED[code]

    found = mapped(answer(code, 403))

    assert (f"cannot store an object: {reason}", next_step) == (found.reason, found.next_step)


def test_the_code_stays_known_to_who_asks_for_it() -> None:
    """What sets buckets up tells "there is none" from "you may not"."""
    assert "NoSuchBucket" == code_of(mapped(answer("NoSuchBucket", 404)))
    assert "" == code_of(StoreError("of another kind"))


def test_a_certificate_that_is_not_trusted_will_not_be_by_waiting() -> None:
    """Who answers there may be anybody: it is a fault of its own, which nothing tries again."""
    reason = f"{UNTRUSTED}: self-signed certificate"
    error = SSLError(endpoint_url="https://host", error=Exception(reason))

    assert isinstance(mapped(error), StoreUntrustedError)


def test_other_errors_pass_unchanged() -> None:
    """A bug is not dressed up as a fault of the store."""
    with pytest.raises(ZeroDivisionError), s3_faults("read"):
        raise ZeroDivisionError
