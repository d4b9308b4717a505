"""The demonstration walks to its end and stays in its folder."""

from tests.corpus.commands import Commands


def names(folder):
    """What lies in a folder."""
    return {path.name for path in folder.iterdir()}


def test_the_demonstration_does_all_its_steps_in_one_folder(tmp_path, capsys, monkeypatch):
    """Every step ends as it should, prints its command, and nothing lies outside."""
    user = tmp_path / "user"
    user.mkdir()
    monkeypatch.setenv("HOME", str(user))
    monkeypatch.chdir(user)
    base = tmp_path / "home"
    ended = Commands(base, capsys)("demo")

    assert 0 == ended.code, ended.out[-2000:]
    typed = [line.split()[4] for line in ended.out.splitlines() if line.startswith("$ autoclave")]
    assert [
        "init",
        "people",
        "people",
        "source",
        "recover",
        "status",
        "holds",
        "reject",
        "release",
        "release",
        "people",
        "people",
        "audit",
        "audit",
        *("restore",) * 6,
        "audit",
    ] == typed
    # The test text within an archive within an archive is found, and named.
    assert "archives: part-malicious" in ended.out
    assert {"demo"} == names(base)
    assert set() == names(user)
    assert {"hospital", "hospital.csv", "people", "home", "delivered"} == names(base / "demo")


def test_a_demonstration_never_mixes_with_another(tmp_path, capsys):
    """A second one in the same folder is refused."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine").write_text("mine")

    assert 2 == Commands(tmp_path, capsys)("demo").code
    assert {"mine"} == names(tmp_path / "demo")
