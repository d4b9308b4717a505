"""What is asked of the members of every archive: names that stay inside and differ, and sizes."""

from formats.faults import LimitError
from sanitizers.limits import Limits


class Names:
    """The names of one archive, as they come."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def oddity(self, untrusted_name: bytes) -> str:
        """Return what is wrong with a name: it came before, case ignored, or it leads outside."""
        folded = untrusted_name.replace(b"\\", b"/").removeprefix(b"./").lower()
        if folded in self._seen:
            return "duplicate-name"
        self._seen.add(folded)
        return "path-outside" if _leads_outside(untrusted_name) else ""


def _leads_outside(name: bytes) -> bool:
    parts = name.replace(b"\\", b"/").split(b"/")
    return name.startswith((b"/", b"\\")) or b".." in parts or name[1:2] == b":"


def too_large(size: int, limits: Limits) -> str:
    """Return the refusal of a member of so many bytes; empty if it may come out."""
    most = limits.most_content_bytes
    return f"limit: a member of more than {most} bytes" if size > most else ""


class Counter:
    """Counts what comes out of one packed stream against what it may become."""

    def __init__(self, packed: int, limits: Limits) -> None:
        self._most = max(limits.free_ratio_bytes, max(1, packed) * limits.most_ratio)
        self._left = self._most

    def take(self, size: int) -> None:
        """Count some bytes.

        Raises:
            LimitError: there are more than allowed.
        """
        self._left -= size
        if self._left < 0:
            raise LimitError(f"it unpacks to more than {self._most} bytes")
