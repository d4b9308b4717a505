"""Asks authorities and witnesses over the network: small answers, short waits, nothing believed."""

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass

from custody.errors import UnavailableError

WAIT_SECONDS = 20
MOST_BYTES = 1 << 20
CONFLICT = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said: its status and its body."""

    status: int
    body: bytes


def post(url: str, body: bytes, content_type: str) -> Answer:
    """Send a body and return the answer, also one that refuses.

    Raises:
        UnavailableError: nobody answers in time, or the answer is larger than any can be.
    """
    request = urllib.request.Request(  # noqa: S310  the scheme is checked with the settings
        url, data=body, headers={"Content-Type": content_type}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:  # noqa: S310  as above
            return Answer(status=answer.status, body=_bounded(answer))
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(status=refused.code, body=_bounded(refused))
    except (OSError, http.client.HTTPException) as error:
        raise UnavailableError(
            f"{url} does not answer: {error}",
            next_step="run the same command again, or carry the checkpoint there: "
            "`autoclave audit anchor --request FILE`",
        ) from error


def _bounded(answer: http.client.HTTPResponse | urllib.error.HTTPError) -> bytes:
    body = answer.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise UnavailableError(
            "an answer is larger than any anchor is", next_step="check the address"
        )
    return bytes(body)
