"""Archives under a password, with and without the operator's list; no word of it is kept."""

import gzip
import os
from dataclasses import replace

import pytest

from custody.errors import SettingsError
from pipeline.listing import entries
from pipeline.one_off import judge_files
from pipeline.passwords import MOST_PASSWORDS, read_passwords
from pipeline.rebuilding.rebuild import rebuild
from pipeline.settings import ArchivesSettings, Settings
from pipeline.wiring import open_runtime
from tests.corpus import sevenzips
from tests.corpus.ciphered_zips import ciphered_zip
from tests.corpus.containers import NOTE
from tests.corpus.homes import EICAR, a_source, recover

WORD = "Sesame-Marqueur-7731"
ARCHIVES = {
    "old.zip": ciphered_zip("n.txt", NOTE, WORD),
    "aes.zip": ciphered_zip("n.txt", NOTE, WORD, aes=True),
    "a.7z": sevenzips.of({"n.txt": NOTE}, password=WORD),
    "hidden.7z": sevenzips.of({"n.txt": NOTE}, password=WORD, hide_names=True),
}


@pytest.fixture
def disk(tmp_path):
    """A disk of archives under a password, one with a virus in it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    for name, content in ARCHIVES.items():
        (folder / name).write_bytes(content)
    (folder / "virus.7z").write_bytes(sevenzips.of({"v.com": EICAR}, password=WORD))
    return folder


@pytest.fixture
def words(tmp_path):
    """The operator's list."""
    path = tmp_path / "words.txt"
    path.write_text(f"first\n\n{WORD}\n", encoding="utf-8")
    return path


def verdicts(settings, source=None):
    """The verdicts of all entries, after a run over a source if one is given."""
    with open_runtime(settings) as runtime:
        if source is not None:
            recover(runtime, source)
        return {entry["path"]: (entry["stage"], entry["verdict"]) for entry in entries(runtime)}


def test_without_a_list_they_are_held_and_not_called_encrypted(disk, tmp_path):
    """A password is no ransomware: each is indeterminate, for that reason alone."""
    held = verdicts(Settings(home=tmp_path / "home"), a_source(disk))

    assert {("held", "indeterminate")} == set(held.values())


def test_a_list_opens_them_and_a_rebuild_knows_the_same(disk, words, tmp_path):
    """The next run promotes what is clean inside and finds the virus; the ledger tells as much."""
    plain, source = Settings(home=tmp_path / "home"), a_source(disk)
    verdicts(plain, source)
    settings = replace(plain, archives=ArchivesSettings(passwords=str(words)))

    found = verdicts(settings, source)

    assert dict.fromkeys(ARCHIVES, ("promoted", "clean")) == {n: found[n] for n in ARCHIVES}
    assert ("held", "malicious") == found["virus.7z"]
    rebuild(settings)
    assert found == verdicts(settings)


def test_no_password_is_kept_anywhere(disk, words, tmp_path, caplog):
    """Not in the catalogue, the ledger, a manifest, a key or a log; compressed ones included."""
    archives = ArchivesSettings(passwords=str(words))
    settings = Settings(home=tmp_path / "home", archives=archives)
    with caplog.at_level("DEBUG"):
        verdicts(settings, a_source(disk))

    kept = [p.read_bytes() for p in settings.home.rglob("*") if p.is_file()]
    kept += [gzip.decompress(told) for told in kept if told.startswith(b"\x1f\x8b")]

    assert len(kept) > 10
    assert not any(form in told for told in kept for form in forms(WORD))
    assert WORD not in caplog.text


def forms(word):
    """The ways in which a word may be written."""
    return word.encode(), word.encode("utf-16-le"), word.encode().hex().encode()


def test_inspect_opens_them_too(disk, words, tmp_path):
    """A file that is judged alone is tried with the list."""
    archives = ArchivesSettings(passwords=str(words))
    settings = Settings(home=tmp_path / "home", archives=archives)
    with open_runtime(settings) as runtime:
        (judged,) = judge_files(runtime, [os.fsencode(disk / "aes.zip")])

    assert "clean" == judged.judgement.verdict.value


def test_a_list_has_a_code_that_tells_it_from_another(words, tmp_path):
    """The same list has the same code under one key, another list or key another one."""
    other = tmp_path / "other.txt"
    other.write_text("another", encoding="utf-8")
    key = bytes(32)

    codes = [
        read_passwords(str(words), key).code,
        read_passwords(str(words), key).code,
        read_passwords(str(other), key).code,
        read_passwords(str(words), b"k" * 32).code,
    ]

    assert codes[0] == codes[1]
    assert 3 == len(set(codes))
    assert WORD not in repr(read_passwords(str(words), key))


@pytest.mark.parametrize("content", [b"\xff\xfe\xfa", b"\n".join(b"%d" % n for n in range(99))])
def test_a_list_that_cannot_be_used_is_refused_without_its_words(tmp_path, content):
    """What is no text, or too long, is refused by the name of the file."""
    path = tmp_path / "words"
    path.write_bytes(content)

    with pytest.raises(SettingsError, match="words") as refused:
        read_passwords(str(path), bytes(32))

    assert MOST_PASSWORDS < 99
    assert "98" not in f"{refused.value.reason} {refused.value.next_step}".replace(str(path), "")


def test_a_list_that_is_missing_is_refused(tmp_path):
    """An operator who names a list relies on it."""
    with pytest.raises(SettingsError, match="cannot be read"):
        read_passwords(str(tmp_path / "none"), bytes(32))


def test_bounds_of_an_unknown_name_are_refused(disk, tmp_path):
    """No other bounds are taken instead."""
    settings = Settings(home=tmp_path / "home", archives=ArchivesSettings(limits="huge"))

    with open_runtime(settings) as runtime, pytest.raises(SettingsError, match="huge"):
        list(judge_files(runtime, [os.fsencode(disk / "a.7z")]))


def test_bulk_takes_what_is_too_many_for_the_default(tmp_path):
    """An archive of 10,001 files is held under the default bounds, and clean under the others."""
    path = tmp_path / "many.7z"
    path.write_bytes(sevenzips.of({f"{n}.txt": b"" for n in range(10_001)}))

    found = []
    for name in ("default", "bulk"):
        settings = Settings(home=tmp_path / name, archives=ArchivesSettings(limits=name))
        with open_runtime(settings) as runtime:
            (judged,) = judge_files(runtime, [os.fsencode(path)])
        found.append(judged.judgement.verdict.value)

    assert ["indeterminate", "clean"] == found
