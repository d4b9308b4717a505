"""Trials of a rule pack before it is added: both engines, and files that are known to be good."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from custody.errors import AutoclaveError, UsageError
from custody.finding import Severity
from custody.names import escape
from pipeline.opened_files import open_file
from pipeline.steps.instruments import OnDemandBox, open_inspector
from pipeline.wiring import Runtime
from sanitizers.engines.registry import ENGINES, engine_named, engine_version
from sanitizers.inspection import Inspected, SampleToInspect
from sanitizers.rules.built_in import built_in_pack
from sanitizers.rules.checking import PackReport, disagreements
from sanitizers.rules.installing import write_pack
from sanitizers.rules.pack import InstalledPack, RulePackSource
from sanitizers.rules.timing import Timed, time_rules
from sanitizers.scanners.yara_rules import NAME

MOST_FILES = 100_000
AT_ONCE = 64
SHOWN_BYTES = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a trial showed: `objections` are rules with the number of good files they object to."""

    engines: tuple[str, ...]
    files: int = 0
    objections: Mapping[str, int] = field(default_factory=dict)
    disagreements: tuple[str, ...] = ()
    timed: tuple[Timed, ...] = ()


def try_pack(
    runtime: Runtime, source: RulePackSource, goodware: Sequence[Path], report: PackReport
) -> Tried:
    """Try a pack with every engine that is installed, and if it is accepted over good files.

    Raises:
        UsageError: there is no file at a path, or there are too many.
        SandboxError: this machine cannot lock a process.
    """
    engines = tuple(_installed())
    differ: list[str] = []
    if len(engines) > 1:
        differ += disagreements(source, *map(engine_named, engines[:2]))
    paths = _files(goodware)
    if not report.accepted:
        return Tried(engines=engines, disagreements=tuple(differ))
    timed = tuple(time_rules(source, engine_named(engine)) for engine in engines)
    if not paths:
        return Tried(engines=engines, disagreements=tuple(differ), timed=timed)
    with tempfile.TemporaryDirectory(dir=runtime.home.spool, prefix="trial-") as folder:
        pack = write_pack(source, Path(folder))
        seen = [list(_hits(runtime, pack, engine, paths)) for engine in engines]
    by_file = list(zip(*seen, strict=True))
    for path, hits in zip(paths, by_file, strict=True):
        if odd := frozenset.union(*hits) - frozenset.intersection(*hits):
            where = escape(os.fsencode(path))[-SHOWN_BYTES:]
            differ.append(f"{where}: {', '.join(sorted(odd))} is said by one engine only")
    counted = Counter(rule for hits in by_file for rule in frozenset.union(*hits))
    return Tried(
        engines=engines,
        files=len(paths),
        objections=dict(counted),
        disagreements=tuple(differ),
        timed=timed,
    )


def _installed() -> Iterator[str]:
    for name in ENGINES:
        try:
            engine_version(name)
        except AutoclaveError:
            continue
        yield name


def _files(goodware: Sequence[Path]) -> list[Path]:
    """Return the regular files at some paths; links are not followed."""
    found = (file for path in goodware for file in _below(path.expanduser()))
    files = list(islice(found, MOST_FILES + 1))
    if len(files) > MOST_FILES:
        raise UsageError(
            f"there are more than {MOST_FILES} files", next_step="give --goodware a smaller folder"
        )
    if goodware and not files:
        raise UsageError("there is no file at --goodware", next_step="name files or folders")
    return files


def _below(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (p for p in sorted(path.rglob("*")) if p.is_file() and not p.is_symlink())
    elif path.is_file():
        yield path


def _hits(
    runtime: Runtime, pack: InstalledPack, engine: str, paths: Sequence[Path]
) -> Iterator[frozenset[str]]:
    """Yield the rules of a pack that object to each file, in the order of the files."""
    inspector = replace(open_inspector(runtime), packs=(built_in_pack(), pack), engine=engine)
    with OnDemandBox(inspector, runtime.settings.run.workers) as box:
        for start in range(0, len(paths), AT_ONCE):
            with ExitStack() as opened:
                files = [open_file(opened, os.fsencode(p)) for p in paths[start : start + AT_ONCE]]
                samples = [
                    SampleToInspect(content=f.content, size=f.size, names=(f.path,)) for f in files
                ]
                for seen in inspector.inspect(box, samples):
                    yield _objecting(seen, f"{pack.name}/")


def _objecting(seen: Inspected, begin: str) -> frozenset[str]:
    named = (finding for findings in seen.name_findings for finding in findings or ())
    return frozenset(
        f.rule
        for f in (*seen.inspection.findings, *named)
        if f.scanner == NAME and f.rule.startswith(begin) and f.severity is not Severity.INFO
    )
