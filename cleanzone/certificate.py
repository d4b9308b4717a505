"""The readiness certificate as a page: self-contained, printable, in French or English."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from cleanzone.certificate_words import ENGLISH, FRENCH
from custody.box import Json
from custody.digest import Digest

PAGES = Path(__file__).parent / "pages"
WORDS = {"fr": FRENCH, "en": ENGLISH}


def render(certificate: Mapping[str, Json], language: str, digest: Digest) -> str:
    """Return the page of a certificate; every value in it is escaped, none is ever markup.

    `digest` is that of the certificate's JSON, which the page only shows.
    """
    words = WORDS[language]
    return _template().render(c=certificate, w=words, language=language, digest=digest)


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("certificate.html")
