"""A recall while the same content is promoted for another host: nothing of it stands afterwards."""

from catalogue import entries, promotions
from cleanzone.promotion import Gate, key_of
from custody.digest import digest_of
from custody.lifecycle import Stage
from pipeline.deciding.recall import Asked, recall
from pipeline.proving.verify import verify
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_person, a_source, recover

CONTENT = b"Dear colleague\n"
DIGEST = digest_of(CONTENT)


def a_disk(folder, *others):
    """A disk with the content, and with texts that nobody recalls."""
    folder.mkdir()
    (folder / "letter.txt").write_bytes(CONTENT)
    for n, text in enumerate(others):
        (folder / f"{n}.txt").write_text(text)
    return folder


def test_what_is_recalled_while_it_is_promoted_is_held(tmp_path, monkeypatch):
    """The bytes are in when the recall takes them out: the entry is held, the others go in."""
    first = a_source(a_disk(tmp_path / "one"), "one")
    second = a_source(a_disk(tmp_path / "two", "another\n", "a third\n"), "two")
    promote = Gate.promote
    with open_runtime(Settings(home=tmp_path / "home")) as runtime:
        recover(runtime, first)
        person = a_person(runtime, tmp_path, "anna")

        def recalled_meanwhile(*given):
            promoted = list(promote(*given))
            recall(runtime, Asked(digest=DIGEST), person)
            return iter(promoted)

        monkeypatch.setattr(Gate, "promote", recalled_meanwhile)
        ended = recover(runtime, second).as_json()

        with runtime.catalogue.read() as connection:
            found = {e.stage: e.reason for e in entries.by_digest(connection, DIGEST)}
            known = promotions.known(connection, [DIGEST])
        assert {Stage.RECALLED, Stage.HELD} == found.keys()
        assert "recalled since it was decided" == found[Stage.HELD]
        assert ({}, []) == (known, list(runtime.clean.versions(key_of(DIGEST))))
        assert (2, 1, 0) == (ended["promoted"], ended["held"], ended["unexplained"])
        assert () == verify(runtime, deep=True).faults
