"""Rule packs for tests: written here, harmless, and small."""

import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sanitizers.engines.interface import Engine, RuleText
from sanitizers.rules.cache import Compiled
from sanitizers.rules.loading import Loaded
from sanitizers.rules.pack import RulePackSource
from sanitizers.rules.reading import read_pack
from sanitizers.rules.splitting import part
from sanitizers.scanners.yara_rules import YaraRules

TODAY = date(2026, 11, 1)
PLAIN = 'rule plain { meta: date = "2026-01-02" strings: $a = "needle" condition: $a }\n'


def write_pack(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write rule files into a folder and return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def zip_pack(path: Path, files: Mapping[str, str]) -> Path:
    """Write rule files into a ZIP under exactly these names and return it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def pack_of(folder: Path, files: Mapping[str, str], name: str = "trial") -> RulePackSource:
    """Write and read a pack."""
    return read_pack(write_pack(folder, files), today=TODAY, name=name)


def scanner_of(
    engine: Engine,
    texts: Mapping[str, str],
    overrides: Mapping[str, Mapping[str, str]] | None = None,
) -> YaraRules:
    """Return a scanner over sources given by namespace."""
    sources = [RuleText(namespace=namespace, text=text) for namespace, text in texts.items()]
    parted = part(sources)
    compiled = Compiled(
        parts={each: engine.compile(found) for each, found in parted.parts.items()},
        name_rules=parted.name_rules,
    )
    return YaraRules(
        Loaded(compiled=compiled, engine=engine.name, engine_version="0", overrides=overrides or {})
    )
