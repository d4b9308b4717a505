"""The readiness certificate as a page: self-contained, printable, in French or English."""

from collections.abc import Mapping

from cleanzone.certificate_words import ENGLISH, FRENCH
from cleanzone.rendering import render_page
from custody.box import Json
from custody.digest import Digest

WORDS = {"fr": FRENCH, "en": ENGLISH}


def render(certificate: Mapping[str, Json], language: str, digest: Digest) -> str:
    """Return the page of a certificate.

    `digest` is that of the certificate's JSON, which the page only shows.
    """
    words = WORDS[language]
    return render_page(
        "certificate.html", c=dict(certificate), w=words, language=language, digest=digest
    )
