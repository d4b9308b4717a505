"""Disarmers under pressure: one part of a document is what was changed, its package is made whole.

Changed at random, a ZIP archive ends at a checksum. So a reader here takes any bytes for one part
of a package around them: a copy that was made must be made again from itself, measured, and walked.
"""

from collections.abc import Callable, Iterator, Mapping

from formats.faults import UnsupportedError
from sanitizers.disarming.interface import CannotDisarmError, Disarmer
from sanitizers.disarming.office import documents, opendocument
from sanitizers.disarming.zipped import pack, unpack
from tests.corpus.office_cases import CASES, HELLO
from tests.corpus.office_parts import row, text, workbook
from tests.corpus.open_documents import HELLO as OPEN_HELLO
from tests.corpus.open_documents import OPEN_CASES, document
from tests.corpus.presentations import SLIDE_CASES, WORDS, slides

_TEXT = text(HELLO).link("word/document.xml", "r1", "hyperlink", "https://a/", outside=True).built()
_BOOK = workbook({"Feuille": row(("A1", "1"))}).built()
_SLIDE = slides(WORDS.format("")).built()
_PLACES: Mapping[str, tuple[Disarmer, bytes, str]] = {
    "disarm text": (documents.DISARMER, _TEXT, "word/document.xml"),
    "disarm text links": (documents.DISARMER, _TEXT, "word/_rels/document.xml.rels"),
    "disarm workbook": (documents.DISARMER, _BOOK, "xl/workbook.xml"),
    "disarm sheet": (documents.DISARMER, _BOOK, "xl/worksheets/sheet1.xml"),
    "disarm slide": (documents.DISARMER, _SLIDE, "ppt/slides/slide1.xml"),
    "disarm types": (documents.DISARMER, _SLIDE, "[Content_Types].xml"),
    "disarm opendocument": (opendocument.DISARMER, document(OPEN_HELLO), "content.xml"),
}


def parts() -> Iterator[bytes]:
    """Yield the parts of all documents of the tests."""
    packages = [case.content for case in CASES.values()]
    packages += [case.content for case in OPEN_CASES.values()]
    packages += [content for content, _ in SLIDE_CASES.values()]
    yield from dict.fromkeys(part for package in packages for part in unpack(package).values())


def _reader(disarmer: Disarmer, package: bytes, place: str) -> Callable[[bytes], object]:
    members = unpack(package)

    def read(content: bytes) -> object:
        pressed = pack({**members, place: content}.items(), stored="mimetype")
        try:
            copy = disarmer.disarm(pressed, frozenset()).content
        except CannotDisarmError as error:
            raise UnsupportedError(str(error)) from error
        if copy != disarmer.disarm(copy, frozenset()).content:
            raise RuntimeError("the copy of a copy differs")
        return disarmer.walk(copy), disarmer.measure(copy)

    return read


DISARMERS: Mapping[str, Callable[[bytes], object]] = {
    name: _reader(*place) for name, place in _PLACES.items()
}
