"""Official XML schemas of a definitions folder, compiled before the box is locked.

A schema may import others by their address; what is not a file beside it is refused, so that
compiling fetches nothing. A document is accepted when one version of its schema accepts it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from custody.errors import UsageError
from schemas.clinical.tree import Element

CDA_FILES = ("CDA_extended.xsd", "CDA_SDTC.xsd", "CDA.xsd")
KMEHR_FILES = ("kmehr-*.xsd",)


class XmlSchemas:
    """Compiled versions of one schema, newest first."""

    def __init__(self, compiled: Sequence[Any]) -> None:
        self._compiled = tuple(compiled)

    def accept(self, document: Element) -> bool:
        """Whether any version accepts the document."""
        return any(schema.validate(document) for schema in self._compiled)


class _OnlyFiles(etree.Resolver):  # type: ignore[misc]  # lxml ships no types
    """Lets schemas import files of their own folder tree, and nothing else."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder.resolve()

    def resolve(self, url: str, public_id: str, context: Any) -> Any:
        """Return a file's content, or an empty document for every other address."""
        del public_id
        path = Path(url.removeprefix("file://"))
        if path.is_file() and self._folder in path.resolve().parents:
            return self.resolve_filename(str(path), context)
        return self.resolve_empty(context)


def find_schemas(folders: Sequence[Path], patterns: Sequence[str]) -> XmlSchemas | None:
    """Return the schemas of folders, at any depth, that have these names; None without one.

    Raises:
        UsageError: a schema does not compile.
    """
    found = [
        (path, folder)
        for pattern in patterns
        for folder in folders
        for path in sorted(folder.rglob(pattern), reverse=True)
    ]
    return XmlSchemas([_compiled(*each) for each in found]) if found else None


def _compiled(path: Path, folder: Path) -> Any:
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    parser.resolvers.add(_OnlyFiles(folder))
    try:
        return etree.XMLSchema(etree.parse(str(path), parser))
    except (etree.LxmlError, OSError) as error:
        raise UsageError(
            f"{path.name} of the definitions does not compile", next_step="fetch it anew"
        ) from error
