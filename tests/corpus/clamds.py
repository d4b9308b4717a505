"""Runs a real clamd for tests: its socket in a folder, its database a few signatures of our own."""

import hashlib
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from sanitizers.antivirus.clamd import Clamd
from sanitizers.canaries import EICAR

START_SECONDS = 60.0
MOST = 1 << 20
KNOWN = b"a content that only the antivirus of the site knows"
DOUBTFUL = b"a content that the antivirus calls unwanted"


def missing_programs() -> list[str]:
    """Return what has to be installed before a clamd can be started."""
    return [] if shutil.which("clamd") else ["clamav-daemon"]


@dataclass(slots=True, kw_only=True)
class ClamdServer:
    """A clamd in the foreground, with what stands in its configuration beside its places."""

    folder: Path
    options: dict[str, str] = field(default_factory=lambda: {"AlertExceedsMax": "yes"})
    signatures: dict[str, bytes] = field(
        default_factory=lambda: {
            "Test.Eicar": EICAR,
            "Test.Of.The.Site": KNOWN,
            "PUA.Test.Unwanted": DOUBTFUL,
        }
    )
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> str:
        """The path of its socket."""
        return str(self.folder / "s")

    def begin(self) -> None:
        """Start it and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        database = self.folder / "db"
        database.mkdir(exist_ok=True)
        lines = [
            f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}:{len(content)}:{name}\n"
            for name, content in self.signatures.items()
        ]
        (database / "ours.hdb").write_text("".join(lines), encoding="ascii")
        options = {
            "LocalSocket": self.socket,
            "DatabaseDirectory": database,
            "TemporaryDirectory": self.folder,
            "LogFile": self.folder / "log",
            "Foreground": "yes",
            "LogFileUnlock": "yes",
            "StreamMaxLength": MOST,
            **self.options,
        }
        configuration = self.folder / "clamd.conf"
        configuration.write_text("".join(f"{k} {v}\n" for k, v in options.items()))
        self.process = subprocess.Popen(
            ["clamd", "-c", str(configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not Path(self.socket).exists():
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            if time.monotonic() > until:
                raise RuntimeError("clamd does not start")
            time.sleep(0.05)
        Clamd(self.socket).database()

    def end(self) -> None:
        """Stop it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None
            Path(self.socket).unlink(missing_ok=True)
