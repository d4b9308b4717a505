"""The offline bundle: reproducible, signed, refused when touched, whole without a network."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from audit.ssh_keys import generate, public_line
from infra.bundle.__main__ import build, main
from infra.bundle.packing import pack, seal

BUILDER = "builder@example.org"
MADE = "1764547200"
# A machine of its own that reaches nothing, not even itself.
ALONE = ("unshare", "--map-root-user", "--net")


@pytest.fixture(scope="module")
def key():
    """The builder's key."""
    return generate()


@pytest.fixture(scope="module", autouse=True)
def _programs():
    """What the installer and this test need of the machine."""
    for name, package in (("ssh-keygen", "openssh-client"), ("unshare", "util-linux")):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed ({package}: make system-deps)")
    alone = subprocess.run([*ALONE, "true"], capture_output=True, text=True, check=False)
    if alone.returncode:
        pytest.skip(f"no network namespace can be made here: {alone.stderr.strip()}")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, key):
    """A bundle of this working copy with a rule pack, signed."""
    folder = tmp_path_factory.mktemp("built")
    rules = folder / "rules"
    rules.mkdir()
    (rules / "one.yar").write_text('rule inert { strings: $a = "nothing" condition: $a }\n')
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("SOURCE_DATE_EPOCH", MADE)
            return build(folder, key, [rules])
    except subprocess.CalledProcessError as error:
        if "pip" not in error.cmd or "download" not in error.cmd:
            raise
        pytest.skip("the packages cannot be fetched: a bundle is built where a registry is reached")


@pytest.fixture(scope="module")
def unpacked(bundle, tmp_path_factory):
    """The bundle as somebody unpacked it."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(bundle) as archive:
        archive.extractall(folder, filter="data")
    (found,) = folder.iterdir()
    return found


@pytest.fixture
def copied(unpacked, tmp_path):
    """A copy to spoil, of which the wheels are links: they are large."""
    return Path(shutil.copytree(unpacked, tmp_path / "copied", copy_function=os.link))


@pytest.fixture
def signers(key, tmp_path):
    """The allowed_signers file that came by another way."""
    file = tmp_path / "allowed_signers"
    file.write_text(f"{BUILDER} {public_line(key)}\n")
    return file


def install(folder, signers, prefix, *more):
    """Run the installer where nothing can be reached."""
    command = [*ALONE, "./install.sh", "--signers", signers, "--identity", BUILDER, *more, prefix]
    return subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False
    )


def replaced(path, content):
    """Change a file without changing the one that it is a link of."""
    path.unlink()
    path.write_bytes(content)


def test_packed_again_it_is_the_same(bundle, unpacked, key, tmp_path):
    """Bytes tell two builds of one commit apart, or nothing does."""
    again = Path(shutil.copytree(unpacked, tmp_path / unpacked.name))
    seal(again, key)
    pack(again, tmp_path / "again.tar", int(MADE))

    assert bundle.read_bytes() == (tmp_path / "again.tar").read_bytes()


def test_the_bill_of_materials_names_every_wheel(unpacked):
    """And nothing that is only for tests is among them."""
    document = json.loads((unpacked / "sbom.cdx.json").read_text())
    parts = [document["metadata"]["component"], *document["components"]]
    named = {part["properties"][0]["value"] for part in parts}

    assert {wheel.name for wheel in (unpacked / "wheels").iterdir()} == named
    assert {"pytest", "hypothesis", "moto"}.isdisjoint(part["name"] for part in parts)
    assert {"prefect", "yara-x", "numpy"} <= {part["name"] for part in parts}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_installed_without_a_network_it_does_its_main_job(unpacked, signers, tmp_path):
    """The demonstration ends as it does in a working copy; an older bundle is refused after it."""
    prefix = tmp_path / "opt"
    ended = install(unpacked, signers, prefix)
    demo = subprocess.run(
        [*ALONE, prefix / "bin" / "autoclave", "demo"],
        cwd=tmp_path,
        env=os.environ | {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    older = Path(shutil.copytree(unpacked, tmp_path / "older", copy_function=os.link))
    replaced(older / "RELEASE", b"version=0.0.1\nmade=1\n")
    seal_again(older)
    refused = install(older, signers, prefix, "--unsigned")

    assert 0 == ended.returncode, ended.stderr
    assert f"rules: {prefix}/bin/autoclave rules add" in ended.stdout
    assert 0 == demo.returncode, demo.stdout[-2000:] + demo.stderr[-2000:]
    assert "VERIFIED (deep)" in demo.stdout
    assert (5, True) == (refused.returncode, "older" in refused.stderr)


def seal_again(folder):
    """Make the checksums of a changed bundle right; nobody signs them."""
    for name in ("SHA256SUMS", "SHA256SUMS.sig"):
        (folder / name).unlink()
    seal(folder, None)


def touched(folder):
    """A byte of a wheel is another."""
    wheel = next((folder / "wheels").iterdir())
    replaced(wheel, b"other bytes")


def added(folder):
    """A file that nobody signed."""
    (folder / "wheels" / "more-1.0-py3-none-any.whl").write_bytes(b"more")


def linked(folder):
    """A link in the place of a wheel."""
    wheel = next((folder / "wheels").iterdir())
    kept = folder.parent / "kept.whl"
    wheel.rename(kept)
    wheel.symlink_to(kept)


def unsigned(folder):
    """Its checksums are right, and nobody's."""
    touched(folder)
    seal_again(folder)


def signed_by_another(folder):
    """Its checksums are right, and a stranger's."""
    touched(folder)
    for name in ("SHA256SUMS", "SHA256SUMS.sig"):
        (folder / name).unlink()
    seal(folder, generate())


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (touched, "not whole"),
        (added, "beside the list"),
        (linked, "beside the list"),
        (unsigned, "not signed"),
        (signed_by_another, "signature is not"),
    ],
)
def test_a_bundle_that_was_touched_is_refused(copied, signers, tmp_path, spoil, reason):
    """Exit 5, the reason and the next step; nothing is installed."""
    spoil(copied)
    ended = install(copied, signers, tmp_path / "opt")

    assert (5, True) == (ended.returncode, reason in ended.stderr)
    assert "next step:" in ended.stderr
    assert not (tmp_path / "opt").exists()


@pytest.mark.parametrize("words", [[], ["--no-such", "opt"], ["--signers"], ["opt"]])
def test_wrong_words_are_a_usage_error(unpacked, words):
    """Exit 2 before anything is looked at."""
    ended = subprocess.run(
        ["./install.sh", *words], cwd=unpacked, capture_output=True, text=True, check=False
    )

    assert (2, True) == (ended.returncode, "next step:" in ended.stderr)


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("--sign", "nowhere"), 5, "private key cannot be read"),
        (("--pack", "nowhere"), 2, "no rule pack at nowhere"),
        (("--out", "/proc/nowhere"), 6, "cannot write the bundle"),
    ],
)
def test_what_keeps_a_bundle_from_being_built_is_said_before_the_work(words, code, reason, capsys):
    """One line with the reason and the next step, and nothing was fetched."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    told = capsys.readouterr().err

    assert code == ended.value.code
    assert reason in told
    assert " -> " in told
