"""The page about the command line is the help itself, and nothing of the design is missing."""

import re
from pathlib import Path

import pytest

from cli.manual import commands, manual

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "cli.md"
PROMISED = (
    "recover",
    "source add",
    "source list",
    "source wave",
    "inspect",
    "validate",
    "schemas list",
    "schemas check",
    "schemas infer",
    "schemas add",
    "schemas calibrate",
    "schemas definitions",
    "status",
    "list",
    "show",
    "rescan",
    "recall",
    "records",
    "records refused",
    "records decide",
    "subjects",
    "subjects rotate",
    "holds",
    "release",
    "reject",
    "waive",
    "people add",
    "people list",
    "policy check",
    "policy explain",
    "policy propose",
    "policy approve",
    "policy list",
    "rules add",
    "rules check",
    "rules list",
    "rules set",
    "rules remove",
    "goodware add",
    "goodware list",
    "goodware remove",
    "ioc add",
    "ioc list",
    "ioc remove",
    "audit sample",
    "audit verify",
    "audit prove",
    "audit anchor",
    "audit check",
    "audit export",
    "audit new-origin",
    "restore deliver",
    "restore plan",
    "restore seal",
    "restore sign",
    "restore open",
    "restore list",
    "report recovery",
    "case declare",
    "case list",
    "expected add",
    "expected list",
    "people revoke",
    "console",
    "console give",
    "console take",
    "console accounts",
    "serve",
    "disarm",
    "doctor",
    "demo",
    "init",
    "keys show",
    "keys backup",
    "keys rotate",
    "erase",
    "catalogue rebuild",
    "catalogue migrate",
)


def test_the_page_is_what_the_commands_say():
    """docs/cli.md is written from the help: `python -m cli.manual > docs/cli.md`."""
    assert manual() == PAGE.read_text()


def test_every_promised_command_is_there():
    """The commands are those that were promised, no more and no fewer."""
    assert sorted(PROMISED) == sorted(commands())


@pytest.mark.parametrize("command", PROMISED)
def test_every_command_has_its_section(command):
    """Each command has a heading of its own."""
    assert re.search(rf"^##+ autoclave {command}$", PAGE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("document", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]))
def test_documents_name_only_commands_that_exist(document):
    """A command that a document tells people to type is there."""
    known = {command.split()[0] for command in commands()}
    typed = re.findall(r"`(?:\$ )?autoclave(?: --home \S+)? ([a-z]+)", document.read_text())

    assert [] == [word for word in typed if word not in known]
