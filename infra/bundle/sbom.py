"""The bill of materials of a bundle, as CycloneDX 1.6 JSON (ECMA-424)."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

from packaging.utils import canonicalize_name

from custody.box import Json
from custody.digest import digest_of

_CLASSIFIER = "License :: "
_MOST_NAME = 80  # longer "licences" of old metadata are whole texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A distribution in the bundle: what its wheel says of itself, and the wheel's digest."""

    name: str
    version: str
    licence: str
    file: str
    digest: str

    def as_json(self) -> dict[str, Json]:
        """Return the component with its package URL (purl)."""
        purl = f"pkg:pypi/{self.name}@{self.version}"
        return {
            "type": "library",
            "bom-ref": purl,
            "name": self.name,
            "version": self.version,
            "purl": purl,
            "licenses": [{"license": {"name": self.licence}}],
            "hashes": [{"alg": "SHA-256", "content": self.digest}],
            "properties": [{"name": "autoclave:file", "value": self.file}],
        }


def component_of(wheel: Path) -> Component:
    """Read a wheel's own metadata (core metadata, PEP 566 and 639).

    Raises:
        ValueError: it is no wheel.
    """
    with ZipFile(wheel) as opened:
        names = [n for n in opened.namelist() if n.endswith(".dist-info/METADATA")]
        if len(names) != 1:
            raise ValueError(f"{wheel.name} is no wheel")
        told = Parser().parsestr(opened.read(names[0]).decode(), headersonly=True)
    return Component(
        name=canonicalize_name(told["Name"]),
        version=told["Version"],
        licence=licence_of(told),
        file=wheel.name,
        digest=digest_of(wheel.read_bytes()),
    )


def sbom_of(product: Component, parts: Iterable[Component], made: datetime) -> bytes:
    """Return the document; the same parts give the same bytes."""
    components = [part.as_json() for part in sorted(parts, key=lambda part: part.name)]
    subject = {**product.as_json(), "type": "application"}
    named = json.dumps([subject, components], sort_keys=True)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, named)}",
        "version": 1,
        "metadata": {
            "timestamp": made.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "component": subject,
        },
        "components": components,
    }
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"


def licence_of(told: Message) -> str:
    """Return the SPDX expression, else the classifiers, else a short free text."""
    expression = told["License-Expression"]
    if expression:
        return str(expression)
    classified = [c for c in told.get_all("Classifier", []) if c.startswith(_CLASSIFIER)]
    if classified:
        return ", ".join(c.rpartition(" :: ")[2] for c in classified)
    text = (told["License"] or "").strip()
    return text if 0 < len(text) <= _MOST_NAME and "\n" not in text else "see the wheel"
