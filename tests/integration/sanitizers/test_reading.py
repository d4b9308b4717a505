import stat
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from custody.errors import RulesError
from sanitizers.rules import reading
from sanitizers.rules.reading import read_pack, texts_of
from tests.corpus.rule_packs import PLAIN, TODAY, write_pack, zip_pack

FILES = {
    "rules/a.yar": PLAIN,
    "rules/b.yara": PLAIN.replace("plain", "other"),
    "rules/extensionless": PLAIN.replace("plain", "third"),
    "README": "No rules here.",
    "notes.txt": PLAIN,
    "LICENSE": "Permission is hereby granted, free of charge, to any person",
}


def test_a_folder_is_read_as_a_pack(tmp_path: Path) -> None:
    """Files of rules are taken, others left; licence, date and count are found."""
    pack = read_pack(write_pack(tmp_path / "Trial", FILES), today=TODAY)
    assert [file.path for file in pack.files] == [
        "rules/a.yar",
        "rules/b.yara",
        "rules/extensionless",
    ]
    manifest = pack.manifest
    assert (manifest.name, manifest.rules, manifest.licence) == ("trial", 3, "MIT")
    assert manifest.dated == date(2026, 1, 2)
    assert texts_of(pack)[0].namespace == "trial/rules/a.yar"


def test_a_zip_is_read_as_its_folder_is(tmp_path: Path) -> None:
    """A ZIP with one top folder, as code hosts make them, gives the same files and digest."""
    folder = read_pack(write_pack(tmp_path / "trial", FILES), today=TODAY, name="trial")
    named = {f"repo-main/{name}": content for name, content in FILES.items()}
    packed = read_pack(zip_pack(tmp_path / "x.zip", named), today=TODAY, name="trial")
    assert packed.digest == folder.digest


def test_any_change_is_another_digest(tmp_path: Path) -> None:
    """One letter, a date, an override or a name makes another pack."""
    folder = write_pack(tmp_path / "trial", FILES)
    packs = [
        read_pack(folder, today=TODAY),
        read_pack(folder, today=TODAY, name="other"),
        read_pack(folder, today=TODAY, dated=date(2026, 2, 3)),
        read_pack(folder, today=TODAY, overrides={"plain": "info"}),
    ]
    write_pack(folder, {"rules/a.yar": PLAIN + " "})
    packs.append(read_pack(folder, today=TODAY))
    assert len({pack.digest for pack in packs}) == 5


@pytest.mark.parametrize(
    "name",
    [
        "../evil.yar",
        "a/../../evil.yar",
        "/etc/evil.yar",
        "a\\b.yar",
        "a//b.yar",
        "./a.yar",
        "a\nb.yar",
        "a\u202eb.yar",
        f"{'a' * 300}.yar",
    ],
)
def test_a_zip_with_a_hostile_name_is_refused(tmp_path: Path, name: str) -> None:
    """A member whose name climbs, hides or overflows refuses the whole ZIP."""
    path = zip_pack(tmp_path / "x.zip", {"good.yar": PLAIN, name: PLAIN})
    with pytest.raises(RulesError, match="path is not allowed"):
        read_pack(path, today=TODAY)


def test_a_zip_with_one_name_twice_is_refused(tmp_path: Path) -> None:
    """Two members of one name could be two different packs to two readers."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.yar", PLAIN)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.yar", PLAIN)
    with pytest.raises(RulesError, match="twice"):
        read_pack(tmp_path / "x.zip", today=TODAY)


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    """A symbolic link in a ZIP is never followed or kept."""
    member = zipfile.ZipInfo("a.yar")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(RulesError, match="links"):
        read_pack(tmp_path / "x.zip", today=TODAY)


def test_a_zip_that_grows_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sizes that count are those really read, whatever the directory says."""
    monkeypatch.setattr(reading, "BOUNDS", replace(reading.BOUNDS, file_bytes=1000))
    path = zip_pack(tmp_path / "x.zip", {"a.yar": PLAIN + " " * 100_000})
    with pytest.raises(RulesError, match="too large"):
        read_pack(path, today=TODAY)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"rule a { condition: true }"])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is no ZIP, or a cut one, raises the named error."""
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(RulesError, match="not a ZIP"):
        read_pack(path, today=TODAY)


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    """A member whose bytes do not fit its checksum refuses the whole ZIP."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.yar", PLAIN)
    path.write_bytes(path.read_bytes().replace(b"needle", b"noodle", 1))
    with pytest.raises(RulesError, match="not a ZIP"):
        read_pack(path, today=TODAY)


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    """What a link points at does not become part of a pack."""
    outside = tmp_path / "outside.yar"
    outside.write_text(PLAIN)
    folder = write_pack(tmp_path / "trial", {"a.yar": PLAIN})
    (folder / "b.yar").symlink_to(outside)
    assert [file.path for file in read_pack(folder, today=TODAY).files] == ["a.yar"]


@pytest.mark.parametrize("files", [{}, {"README.md": "no rules"}, {"a.yar": "// nothing"}])
def test_a_pack_without_rules_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    """An empty pack is a fault, never a pack that finds nothing."""
    (tmp_path / "trial").mkdir()
    with pytest.raises(RulesError, match="no rule"):
        read_pack(write_pack(tmp_path / "trial", files), today=TODAY)


@pytest.mark.parametrize("name", ["../up", "A", "", "-a", "a/b", "a" * 65, "a\n"])
def test_a_pack_has_a_plain_name(tmp_path: Path, name: str) -> None:
    """The name becomes a folder, so it is small letters, digits, dots and dashes only."""
    folder = write_pack(tmp_path / "Fine", {"a.yar": PLAIN})
    if name:
        with pytest.raises(RulesError, match="cannot name a pack"):
            read_pack(folder, today=TODAY, name=name)
    else:
        assert read_pack(folder, today=TODAY, name=name).name == "fine"


def test_an_override_has_a_known_severity(tmp_path: Path) -> None:
    """An override that means nothing is refused before it can silence anything."""
    folder = write_pack(tmp_path / "trial", {"a.yar": PLAIN})
    with pytest.raises(RulesError, match="override"):
        read_pack(folder, today=TODAY, overrides={"plain": "harmless"})


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The error about a path that is not there says what to give."""
    with pytest.raises(RulesError, match="no folder or ZIP"):
        read_pack(tmp_path / "nowhere", today=TODAY)


def test_old_bytes_in_comments_do_not_stop_a_pack(tmp_path: Path) -> None:
    """A Latin-1 comment is common in old rules and costs nothing but that letter."""
    folder = write_pack(tmp_path / "trial", {"a.yar": b"// caf\xe9\n" + PLAIN.encode()})
    assert read_pack(folder, today=TODAY).manifest.rules == 1
