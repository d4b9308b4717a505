"""Makes the offline bundle of this working copy: `make bundle`.

    python -m infra.bundle --out dist [--sign KEY] [--pack FOLDER_OR_ZIP ...]

It needs a registry, or a folder of wheels that pip is told of; what comes out needs neither.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from audit.ssh_keys import PrivateKey, load_private_key
from custody.errors import AutoclaveError, UnavailableError, UsageError
from infra.bundle.locked import Locked, locked_of, needed
from infra.bundle.packing import pack, seal
from infra.bundle.sbom import component_of, sbom_of
from storage.faults import store_faults

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
NAME = "autoclave"
# What a user's machine gets beside the product itself; a rule engine that is only a reference is
# left out.
EXTRAS = ("postgresql", "pixels", "pst")
INSTALLER = ("install.sh", "INSTALL.txt")


def main(words: Sequence[str] | None = None) -> None:
    """Build it and print its path, or say what keeps it from being built."""
    asked = _arguments(words)
    try:
        with store_faults("write the bundle"):
            print(_built(asked.out, asked.sign, asked.pack))
    except AutoclaveError as error:
        print(f"bundle: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _built(out: Path, sign: Path | None, packs: Sequence[Path]) -> Path:
    """Build it, after a look at what was named: fetching everything first takes a minute."""
    key = load_private_key(sign) if sign else None
    for path in packs:
        if not path.exists():
            raise UsageError(f"there is no rule pack at {path}", next_step="check its path")
    out.mkdir(parents=True, exist_ok=True)
    try:
        return build(out, key, packs)
    except subprocess.CalledProcessError as error:
        tool = "git" if error.cmd[0] == "git" else "pip"
        raise UnavailableError(
            f"{tool} ended with {error.returncode}", next_step="look at what it says above"
        ) from error
    except LookupError as error:
        raise UsageError(str(error), next_step="run `make lock`, then `make setup`") from error


def build(out: Path, key: PrivateKey | None, packs: Iterable[Path] = ()) -> Path:
    """Build the bundle of this working copy into a folder and return the archive's path.

    Raises:
        subprocess.CalledProcessError: pip or git failed.
        LookupError: the environment needs what is not in the lock file.
    """
    version, made = _version(), _made()
    title = f"{NAME}-{version}-offline"
    with tempfile.TemporaryDirectory(prefix="bundle-") as work:
        folder = Path(work) / title
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        _download(_needed(), folder / "requirements.txt", wheels)
        own = _own_wheel(wheels, made)
        parts = [component_of(wheel) for wheel in wheels.glob("*.whl") if wheel != own]
        at = datetime.fromtimestamp(made, UTC)
        (folder / "sbom.cdx.json").write_bytes(sbom_of(component_of(own), parts, at))
        for name in INSTALLER:
            shutil.copyfile(HERE / name, folder / name)
        _copy_packs(packs, folder / "packs")
        (folder / "RELEASE").write_text(f"version={version}\nmade={made}\n", encoding="ascii")
        seal(folder, key)
        target = out / f"{title}.tar"
        pack(folder, target, made)
    return target


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--sign", type=Path, help="an OpenSSH private key")
    parser.add_argument("--pack", type=Path, action="append", default=[], help="a rule pack")
    return parser.parse_args(words)


def _version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _made() -> int:
    """Return when the commit was made: what is built of it later is the same (UNIX seconds)."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if told is None:
        command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(told)


def _needed() -> list[Locked]:
    lock = locked_of((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    return needed(NAME, EXTRAS, lambda name: metadata.requires(name) or (), lock)


def _download(parts: Iterable[Locked], listed: Path, wheels: Path) -> None:
    """Take the wheels that this kind of machine needs; a source archive would be built there."""
    listed.write_text("".join(f"{part.requirement}\n" for part in parts), encoding="ascii")
    _pip(
        "download", "--require-hashes", "--no-deps", "--only-binary=:all:",
        "--requirement", str(listed), "--dest", str(wheels),
    )  # fmt: skip


def _own_wheel(wheels: Path, made: int) -> Path:
    _pip(
        "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT),
        SOURCE_DATE_EPOCH=str(made),
    )  # fmt: skip
    (own,) = wheels.glob(f"{NAME}-*.whl")
    return own


def _pip(*arguments: str, **environment: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, env=os.environ | environment, stdout=sys.stderr)


def _copy_packs(packs: Iterable[Path], target: Path) -> None:
    for each in packs:
        if each.is_dir():
            shutil.copytree(each, target / each.name)
        else:
            target.mkdir(exist_ok=True)
            shutil.copyfile(each, target / each.name)


if __name__ == "__main__":
    main()
