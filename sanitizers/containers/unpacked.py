"""One part of a container, as its reader found it."""

from dataclasses import dataclass

ARCHIVES = "archives"
CONTAINERS: frozenset[str] = frozenset(
    {
        "application/zip",
        "application/x-tar",
        "application/gzip",
        "application/x-bzip2",
        "application/x-xz",
        "message/rfc822",
        "application/mbox",
        "application/vnd.ms-outlook",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """A part's name and content; `refusal` says why there is no content, or none to trust."""

    untrusted_name: bytes = b""
    content: bytes = b""
    refusal: str = ""
