"""The bill of materials says what the wheels say of themselves."""

import json
from datetime import UTC, datetime
from email.parser import Parser

import pytest

from infra.bundle.sbom import Component, licence_of, sbom_of

MADE = datetime(2026, 11, 1, tzinfo=UTC)


def a_component(name):
    """A part of a bundle."""
    return Component(name=name, version="1", licence="MIT", file=f"{name}-1.whl", digest="0" * 64)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("License-Expression: Apache-2.0 OR MIT\nLicense: x\n", "Apache-2.0 OR MIT"),
        ("Classifier: License :: OSI Approved :: MIT License\n", "MIT License"),
        ("License: BSD\nClassifier: Topic :: Text\n", "BSD"),
        ("License: " + "a" * 500 + "\n", "see the wheel"),
        ("Name: nothing\n", "see the wheel"),
    ],
)
def test_the_licence_is_the_most_exact_that_is_told(metadata, expected):
    """Expression, classifiers, short text; a whole licence text is no name."""
    assert expected == licence_of(Parser().parsestr(metadata, headersonly=True))


def test_the_same_parts_give_the_same_document_in_any_order():
    """What was built twice can be compared byte by byte."""
    parts = [a_component("b"), a_component("a")]

    assert sbom_of(a_component("us"), parts, MADE) == sbom_of(a_component("us"), parts[::-1], MADE)


def test_each_part_is_a_component_with_purl_and_digest():
    """The fields that CycloneDX 1.6 demands and that a scanner of vulnerabilities reads."""
    document = json.loads(sbom_of(a_component("us"), [a_component("a")], MADE))
    (found,) = document["components"]

    assert ("CycloneDX", "1.6") == (document["bomFormat"], document["specVersion"])
    assert "us" == document["metadata"]["component"]["name"]
    assert ("pkg:pypi/a@1", "library") == (found["purl"], found["type"])
    assert [{"alg": "SHA-256", "content": "0" * 64}] == found["hashes"]
    assert document["serialNumber"].startswith("urn:uuid:")
