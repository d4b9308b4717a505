"""The bare `yara` command over the same rules: what Autoclave is measured beside."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

EXTERNALS = ("filename", "filepath", "extension", "filetype", "owner")
SUFFIXES = {".yar", ".yara"}


def rule_files(packs: Sequence[Path]) -> list[Path]:
    """Return the rule files of some packs."""
    return sorted(f for pack in packs for f in pack.rglob("*") if f.suffix in SUFFIXES)


def compile_rules(files: Sequence[Path], target: Path) -> int:
    """Compile rules for the yara command, one namespace a file; return how many it refuses.

    A file that this yara is too old for is left out, and counted.
    """
    good = [file for file in files if _compiles([file], target)]
    if not good or not _compiles(good, target):
        raise RuntimeError("yarac compiles none of the rules")
    return len(files) - len(good)


def _compiles(files: Sequence[Path], target: Path) -> bool:
    yarac = shutil.which("yarac")
    if yarac is None:
        raise RuntimeError("yarac is not installed: make system-deps")
    defined = [part for name in EXTERNALS for part in ("-d", f"{name}=")]
    named = [f"n{number}:{file}" for number, file in enumerate(files)]
    command = [yarac, "-w", *defined, *named, str(target)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def yara_seconds(rules: Path, tree: Path, threads: int) -> float:
    """Return the wall seconds of the bare command over a tree."""
    yara = shutil.which("yara")
    if yara is None:
        raise RuntimeError("yara is not installed: make system-deps")
    begun = time.monotonic()
    command = [yara, "-w", "-r", "-p", str(threads), "-C", str(rules), str(tree)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.monotonic() - begun
