"""One served home for a whole session of tests: each finds it empty, with nobody at work in it.

A test's own home is a link to it. What Prefect keeps stays from test to test, as it would in a
hospital; everything else is removed.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.runs import ACTIVE, mark_crashed
from tests.corpus.gateway import DIE_WITH_PARENT
from tests.corpus.killing import kill_work
from tests.corpus.serving import ServedHome
from tests.scenarios.conftest import ROOT, Autoclave

# Imported by every Python process of the served home that is started while a kind is named.
HOOK = """
from pathlib import Path

_place = Path(__file__).with_name("inspector")
if _place.exists():
    import pipeline.recover
    from tests.corpus import poison

    pipeline.recover.open_inspector = poison.opener(getattr(poison, _place.read_text()))
"""


@dataclass(frozen=True, slots=True)
class OneServed:
    """The served home, and a hook by which its flow runs take other inspectors."""

    served: ServedHome
    hook: Path

    @classmethod
    def begin(cls, folder: Path) -> "OneServed":
        """Serve a home in a folder; its schedules are off, so that only tests begin flow runs."""
        hook = folder / "hook"
        hook.mkdir()
        (hook / "sitecustomize.py").write_text(HOOK)
        settings = (
            ("AUTOCLAVE_SERVE_RECONCILE", ""),
            ("AUTOCLAVE_SERVE_VERIFY_AUDIT", ""),
            ("AUTOCLAVE_SERVE_SLOTS", "2"),
            ("PYTHONPATH", f"{hook}:{ROOT}"),
        )
        served = ServedHome(
            Autoclave(home=folder / "home", settings=settings, through=DIE_WITH_PARENT)
        )
        served.start()
        return cls(served, hook)

    @property
    def home(self) -> Path:
        """The home."""
        return self.served.home

    def end(self) -> None:
        """Serve no longer."""
        self.served.stop()

    def clear(self) -> None:
        """End all work, and remove everything but what Prefect keeps."""
        kill_work(self.home)
        mark_crashed(self.served.api, ACTIVE, "its test is over")
        for path in self.home.iterdir():
            if path.name != "prefect":
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    @contextmanager
    def inspecting_with(self, kind: str) -> Iterator[None]:
        """Let flow runs that begin now inspect with another kind of inspector, named."""
        place = self.hook / "inspector"
        place.write_text(kind)
        try:
            yield
        finally:
            place.unlink()
