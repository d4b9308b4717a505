"""Whom a home trusts to anchor its ledger: an authority's roots, and witnesses by their keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from audit.anchors import parse_witness
from audit.evidence import BAD, Key
from audit.timestamps import roots_in
from custody.errors import SettingsError
from pipeline.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A witness: its key, and where it answers; without an address it is reached on paper."""

    key: Key
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Who may anchor: where the authority answers, its roots, and the witnesses."""

    authority: str = ""
    roots: tuple[x509.Certificate, ...] = ()
    witnesses: tuple[Witness, ...] = ()

    @property
    def keys(self) -> dict[str, Key]:
        """The witnesses' keys by their names."""
        return {witness.key.name: witness.key for witness in self.witnesses}

    @property
    def reachable(self) -> bool:
        """Whether anybody can be asked over the network."""
        return bool(self.authority) or any(witness.url for witness in self.witnesses)


def trusted(settings: Settings) -> Trusted:
    """Return whom the settings name.

    Raises:
        SettingsError: an address, a key or a file of certificates cannot be used.
    """
    audit = settings.audit
    if audit.timestamp_url and not audit.timestamp_ca:
        raise SettingsError(
            "audit.timestamp_url is set and audit.timestamp_ca is not",
            next_step="name a PEM file with the root certificate of the authority",
        )
    return Trusted(
        authority=_address("audit.timestamp_url", audit.timestamp_url),
        roots=_roots(audit.timestamp_ca),
        witnesses=tuple(_witnesses(audit.witnesses)),
    )


def _roots(path: str) -> tuple[x509.Certificate, ...]:
    return tuple(roots_in(Path(path).expanduser())) if path else ()


def _witnesses(text: str) -> Iterator[Witness]:
    """Read the keys between spaces, each with @ and an address behind it or without."""
    for word in text.split():
        vkey, _, url = word.partition("@")
        try:
            key = parse_witness(vkey)
        except BAD as error:
            raise SettingsError(
                f"audit.witnesses: {word} is no key of a witness",
                next_step="write it as name+hash+base64, or with @https://ADDRESS behind it",
            ) from error
        yield Witness(key=key, url=_address("audit.witnesses", url).rstrip("/"))


def _address(setting: str, url: str) -> str:
    """Return an address of the web; what anchors say is signed, so that http is enough."""
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username):
        raise SettingsError(
            f"{setting}: {url} is no address", next_step="write it as https://HOST/PATH"
        )
    return url
