"""The module for AWS says what the code says: identities, zones, policies, and the page of both."""

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.settings import StoresSettings
from storage.s3.identities import GRANTS, LOCKED, Identity, Zone
from storage.s3.policy_templates import template_of

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "infra" / "s3"
PAGE = (ROOT / "docs" / "stores.md").read_text()
# How the page puts the actions of a grant into words.
WORDS = {
    "s3:PutObject": "put",
    "s3:GetObject": "read",
    "s3:ListBucketVersions": "list",
    "s3:DeleteObjectVersion": "remove",
    "s3:GetBucketPolicy": "look",
}


@pytest.mark.parametrize("zone", Zone, ids=lambda zone: zone.value)
def test_the_policies_for_terraform_are_those_of_the_code(zone):
    """Each file is what `python -m storage.s3.policy_templates` writes."""
    assert template_of(zone) == (MODULE / "policies" / f"{zone.value}.json").read_text()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zones", {zone.value for zone in Zone}),
        ("locked", {zone.value for zone in LOCKED}),
        ("identities", {identity.value for identity in Identity}),
    ],
)
def test_terraform_makes_the_buckets_and_users_of_the_code(name, expected):
    """The sets in the module are the enums of the code."""
    text = re.search(
        rf"\b{name}\s*= toset\(\[(.*?)\]\)", (MODULE / "main.tf").read_text(), re.DOTALL
    )

    assert text is not None
    assert expected == set(re.findall(r'"(\w+)"', text[1]))


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_the_module_is_formatted():
    """The module has the layout that Terraform itself would give it."""
    command = ["terraform", "fmt", "-check", "-diff", MODULE]

    assert 0 == subprocess.run(command, check=False, timeout=60).returncode


def rows(head):
    """The cells of the table that begins with a head."""
    lines = PAGE.split(f"\n{head}\n", 1)[1].splitlines()[1:]
    table = lines[: lines.index("")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_page_names_every_setting_with_its_default():
    """The settings of the page are those of the code."""
    settings = StoresSettings()
    expected = [[f.name, str(getattr(settings, f.name))] for f in fields(StoresSettings)]

    found = [
        [row[0].strip("`"), row[1].strip("`")] for row in rows("| setting | default | means |")
    ]

    assert expected == found


def test_the_page_says_who_may_do_what():
    """The table of identities says what the policies grant."""
    expected = {
        identity.value: [
            [WORDS[a] for a in GRANTS[zone].get(identity, ()) if a in WORDS] for zone in Zone
        ]
        for identity in Identity
    }

    found = {
        row[0].strip("`"): [re.findall(r"put|read|list|remove|look", cell) for cell in row[1:5]]
        for row in rows("| identity | quarantine | clean | audit | names | work |")
    }

    assert expected == found
