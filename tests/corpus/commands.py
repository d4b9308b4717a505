"""Runs commands as a user does, in this process, and keeps what they print."""

import json
from dataclasses import dataclass
from pathlib import Path

from audit.sshsig import generate, public_line, write_private_key
from cli.main import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one JSON value on stdout."""
        assert 1 == self.out.count("\n"), self.err
        return json.loads(self.out)

    @property
    def lines(self):
        """The JSON values on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs commands on one home."""

    home: Path
    capture: object

    def __call__(self, *words):
        """Run one command."""
        self.capture.readouterr()
        code = main([*map(str, words), "--home", str(self.home)])
        printed = self.capture.readouterr()
        return Ended(code=code, out=printed.out, err=printed.err)

    def on_paper(self):
        """Anchor the ledger as it is now in three lines on paper."""
        size = self("audit", "anchor", "--print", "--json").json["size"]
        words = ("audit", "anchor", "--on-paper", "logbook 3, page 12", "--size", size)
        assert 0 == self(*words).code

    def person(self, folder, name, role="analyst"):
        """Make a key in a folder and register its owner; returns the key's options."""
        key = generate()
        write_private_key(folder / name, key)
        public = folder / f"{name}.pub"
        public.write_text(f"{public_line(key)}\n")
        assert 0 == self("people", "add", name, "--role", role, "--public-key", public).code
        return ("--as", name, "--key", folder / name)
