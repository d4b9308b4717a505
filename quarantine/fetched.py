"""What files that come over a network have in common: no holes, and small ones come whole."""

from abc import ABC, abstractmethod
from collections.abc import Iterator


class Unholed(ABC):
    """A file in which nothing tells holes from zeros."""

    @abstractmethod
    def read(self, size: int, position: int) -> bytes:
        """Return at most that much from a position, nothing at the end."""

    def read_into(self, buffer: memoryview, position: int) -> int:
        """Fill a buffer from a position and return how much was read."""
        content = self.read(len(buffer), position)
        buffer[: len(content)] = content
        return len(content)

    def stretches(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield all of it: it has no holes."""
        if start < end:
            yield start, end

    def sparse(self) -> bool:
        """Say no: it has no holes."""
        return False


class FetchedFile(Unholed):
    """A small file that is here already, as it was listed."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int, position: int) -> bytes:
        """Return at most that much from a position, nothing at the end."""
        return self._content[position : position + size]

    def stood_still(self) -> bool:
        """Say yes: it was asked for as it was listed."""
        return True

    def close(self) -> None:
        """Do nothing."""
