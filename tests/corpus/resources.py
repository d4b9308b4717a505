"""Builds FHIR resources of invented patients, whole or spoiled in one place."""

import base64
import copy
import json
from xml.sax.saxutils import quoteattr

PROGRAM = b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + bytes(32)

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Camille <b>DURAND</b></p></div>',
    },
    "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "262087503203977"}],
    "name": [{"family": "DURAND", "given": ["Camille"]}],
    "gender": "female",
    "birthDate": "1961-07-14",
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hb"}]},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2026-03-12T08:00:00+01:00",
    "valueQuantity": {
        "value": 13.2,
        "unit": "g/dL",
        "system": "http://unitsofmeasure.org",
        "code": "g/dL",
    },
}
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
    "subject": {"reference": "Patient/p1"},
    "period": {"start": "2026-03-01", "end": "2026-03-05"},
}
DOCUMENT = {
    "resourceType": "DocumentReference",
    "id": "d1",
    "status": "current",
    "content": [
        {
            "attachment": {
                "contentType": "application/pdf",
                "data": base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode(),
            }
        }
    ],
}


def spoiled(resource, *path, to=None, drop=False):
    """A resource with one element replaced, added or dropped."""
    made = copy.deepcopy(resource)
    *parents, last = path
    inner = made
    for step in parents:
        inner = inner[step]
    if drop:
        del inner[last]
    else:
        inner[last] = to
    return made


def line(resource):
    """A resource as one line of an export."""
    return json.dumps(resource, ensure_ascii=False).encode() + b"\n"


def bundle(*resources, kind="collection", **more):
    """Resources in a Bundle."""
    entries = [
        {"fullUrl": f"urn:uuid:{n:036x}"[:45], "resource": r} for n, r in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "id": "b1", "type": kind, "entry": entries, **more}


def document(resource, prolog='<?xml version="1.0" encoding="UTF-8"?>'):
    """A resource as a document in XML, by the mapping of the standard (R4 json.html, xml.html)."""
    return f"{prolog}\n{_element(resource['resourceType'], resource, root=True)}\n".encode()


def _element(name, value, beside=None, *, root=False):
    """One element; `beside` is what JSON writes under its name with an underscore."""
    if name == "div":
        return value
    if not isinstance(value, dict):
        own = "" if value is None else f" value={quoteattr(_plain(value))}"
        mark = f" id={quoteattr(beside['id'])}" if beside and "id" in beside else ""
        return f"<{name}{own}{mark}>{_children(beside or {})}</{name}>"
    told = {k: value[k] for k in ("url", "id") if isinstance(value.get(k), str)}
    if "resourceType" in value:
        xmlns = ' xmlns="http://hl7.org/fhir"' if root else ""
        inner = f"<{value['resourceType']}{xmlns}>{_children(value)}</{value['resourceType']}>"
        return inner if root else f"<{name}>{inner}</{name}>"
    told = {k: v for k, v in told.items() if k == "id" or "xtension" in name}
    left = {k: v for k, v in value.items() if k not in told}
    attributes = "".join(f" {k}={quoteattr(v)}" for k, v in told.items())
    return f"<{name}{attributes}>{_children(left)}</{name}>"


# What stands first in every resource and element of XML.
_HEAD = [
    "id",
    "meta",
    "implicitRules",
    "language",
    "text",
    "contained",
    "extension",
    "modifierExtension",
]


def _children(value):
    made = []
    names = dict.fromkeys(k.removeprefix("_") for k in value if k != "resourceType")
    head = _HEAD if "resourceType" in value else _HEAD[-2:]
    for key in sorted(names, key=lambda name: head.index(name) if name in head else len(head)):
        own, beside = value.get(key), value.get(f"_{key}")
        many = own if isinstance(own, list) else beside if isinstance(beside, list) else None
        if key == "id" and "resourceType" not in value:
            continue
        if many is None:
            made.append(_element(key, own, beside))
            continue
        owns = own if isinstance(own, list) else [None] * len(many)
        besides = beside if isinstance(beside, list) else [None] * len(many)
        made += [_element(key, o, b) for o, b in zip(owns, besides, strict=True)]
    return "".join(made)


def _plain(value):
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)
