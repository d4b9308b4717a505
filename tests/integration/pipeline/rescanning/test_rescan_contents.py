"""Re-scans of what is no plain file: parts of archives, extracts that were cut, erased names."""

import threading
from dataclasses import dataclass, replace
from datetime import date

import pytest

from catalogue import entries
from custody.digest import digest_of
from custody.lifecycle import Stage
from pipeline.deciding import rules
from pipeline.deciding.rules import PackToAdd
from pipeline.erase import erase
from pipeline.proving.verify import verify
from pipeline.rebuilding.rebuild import rebuild
from pipeline.rescanning.rescan import Asked, rescan
from pipeline.settings import ArchivesSettings, Settings
from pipeline.wiring import open_runtime
from tests.corpus import messages
from tests.corpus.extracts import batch
from tests.corpus.homes import CASE, a_source, copy_of, recover
from tests.corpus.packages import archive
from tests.corpus.rule_packs import write_pack

INNER = b"a letter inside, with a frobnicate\n"
FILES = {
    "clean.zip": archive({"letter.txt": b"a letter inside\n"}),
    "inner.zip": archive({"deep.zip": archive({"letter.txt": INNER})}),
    "cut.hl7": batch(count=3, bad=(1,)).content,
    "good.hl7": messages.written(messages.admission()),
    "plain.txt": b"a letter, with a xylograph\n",
}
DEEP = 'rule deep { strings: $a = "frobnicate" condition: $a }\n'
OF_RECORDS = 'rule of_records { strings: $a = "BHS|" condition: $a }\n'
PLAIN = 'rule plain { strings: $a = "xylograph" condition: $a }\n'
SILENT = 'rule silent { strings: $a = "nothing has this" condition: $a }\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A home that recovered the files, and a way to look at it again under other rules."""

    settings: Settings

    def stages(self) -> dict[str, Stage]:
        """Where each file stands."""
        with open_runtime(self.settings) as runtime, runtime.catalogue.read() as connection:
            return {
                name: entry.stage
                for name, content in FILES.items()
                for entry in entries.by_digest(connection, digest_of(content))
            }

    def rescanned(self, text: str, tmp_path, **settings):
        """Install a rule, re-scan, and return what came of it; the record must agree."""
        if text:
            folder = write_pack(tmp_path / "pack", {"r.yar": text})
        with open_runtime(replace(self.settings, **settings)) as runtime:
            if text:
                wanted = PackToAdd(path=folder, name="late", dated=date(2026, 11, 1))
                assert rules.add(runtime, wanted).waits is None
            done = rescan(runtime, Asked(), threading.Event())
            found = verify(runtime, deep=True)
        assert ((), ()) == (found.faults, found.intents)
        return done


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A home that recovered every file."""
    folder = tmp_path_factory.mktemp("once")
    disk = folder / "disk"
    disk.mkdir()
    for name, content in FILES.items():
        (disk / name).write_bytes(content)
    settings = Settings(home=folder / "home")
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
    return settings


@pytest.fixture
def world(once, tmp_path):
    """A copy of it."""
    found = World(settings=copy_of(once, tmp_path))
    expected = dict.fromkeys(FILES, Stage.PROMOTED) | {"cut.hl7": Stage.SUPERSEDED}
    assert expected == found.stages()
    return found


@pytest.mark.parametrize(
    ("rule", "condemned"),
    [(DEEP, {"inner.zip"}), (OF_RECORDS, {"cut.hl7"}), (PLAIN, {"plain.txt"}), (SILENT, set())],
    ids=["member", "records", "plain", "silent"],
)
def test_what_holds_a_condemned_content_goes_with_it(world, tmp_path, rule, condemned):
    """An archive goes with its innermost member, an extract with its accepted records."""
    before = world.stages()

    done = world.rescanned(rule, tmp_path)

    after = world.stages()
    assert condemned == {name for name in FILES if after[name] is Stage.RECALLED}
    assert {n: s for n, s in before.items() if n not in condemned} == {
        n: s for n, s in after.items() if n not in condemned
    }
    assert len(condemned) == len(done.plan.standing)
    assert (0, ()) == (done.unjudged, done.cleared)


def test_other_limits_inspect_everything_whole_and_change_nothing(world, tmp_path):
    """Where more than rules changed no short way is taken; what was clean still is."""
    before = world.stages()

    done = world.rescanned("", tmp_path, archives=ArchivesSettings(limits="bulk"))

    assert done.changed >= len(FILES)
    assert ((), before) == (done.plan.standing, world.stages())
    assert 0 == rebuild(world.settings).unnamed


@pytest.mark.parametrize("path", [b"plain.txt", None], ids=["a name", "all names"])
def test_an_erased_name_does_not_shield_its_content(world, tmp_path, path):
    """What has no name any more is looked at by its content, and the rebuilt catalogue agrees."""
    with open_runtime(world.settings) as runtime:
        erase(runtime, case=CASE, host="pacs", actor="dpo", reason="request", path=path)

    done = world.rescanned(PLAIN, tmp_path)

    assert Stage.RECALLED is world.stages()["plain.txt"]
    assert [digest_of(FILES["plain.txt"])] == list(done.recalled)
    rebuild(world.settings)
    with open_runtime(world.settings) as runtime:
        assert () == verify(runtime, deep=True).faults
