"""An export held in memory, so that thousands of damaged copies can be verified."""

from pathlib import Path


class NamedBytes:
    """Names and their bytes, as the verifier reads them."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents

    @classmethod
    def of(cls, folder: Path) -> "NamedBytes":
        """Read a whole folder."""
        files = (path for path in folder.rglob("*") if path.is_file())
        return cls({str(path.relative_to(folder)): path.read_bytes() for path in files})

    def names(self) -> list[str]:
        """List every name."""
        return list(self.contents)

    def read(self, name: str) -> bytes:
        """Return the content of a name."""
        return self.contents[name]

    def changed(self, name: str, content: bytes) -> "NamedBytes":
        """Return a copy with another content for one name."""
        return NamedBytes({**self.contents, name: content})

    def without(self, name: str) -> "NamedBytes":
        """Return a copy without one name."""
        return NamedBytes({n: c for n, c in self.contents.items() if n != name})
