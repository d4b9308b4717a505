"""The reader of rule packs: a folder or a ZIP as pure values, with every name and size checked."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path, PurePosixPath

from custody.errors import RulesError
from sanitizers.engines.interface import RuleText
from sanitizers.rules.dating import newest_date
from sanitizers.rules.files import Bounds, pack_files
from sanitizers.rules.language import outline
from sanitizers.rules.pack import PackManifest, RuleFile, RulePackSource
from sanitizers.rules.severity import OVERRIDES

SUFFIXES = frozenset({".yar", ".yara", ""})
BOUNDS = Bounds(of="rules", files=20_000, file_bytes=16 << 20, bytes=256 << 20)
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
LICENCES = (
    ("Detection Rule License", "DRL-1.1"),
    ("Elastic License", "Elastic-2.0"),
    ("Apache License", "Apache-2.0"),
    ("GNU AFFERO GENERAL", "AGPL"),
    ("GNU GENERAL PUBLIC", "GPL"),
    ("Permission is hereby granted, free of charge", "MIT"),
    ("Redistribution and use in source and binary forms", "BSD"),
)


def read_pack(
    path: Path,
    *,
    today: date,
    name: str = "",
    version: str = "",
    licence: str = "",
    dated: date | None = None,
    overrides: Mapping[str, str] | None = None,
) -> RulePackSource:
    """Read a pack from a folder or a ZIP; nothing is compiled yet.

    The name defaults to the folder's, the date to the newest one that a rule states.

    Raises:
        RulesError: the path is neither, a name or size is not allowed, or there is no rule in it.
    """
    contents = sorted(pack_files(path, BOUNDS))
    files = tuple(RuleFile(path=p, content=c) for p, c in contents if _may_hold_rules(p, c))
    texts = [decode(file.content) for file in files]
    rules = sum(len(outline(text).rules) for text in texts)
    if rules == 0:
        raise _refused(f"there is no rule in {path.name}", "name a folder or ZIP of YARA rules")
    manifest = PackManifest(
        name=_checked_name(name or path.stem.lower()),
        version=version,
        licence=licence or _licence(contents),
        dated=dated or newest_date(texts, today),
        rules=rules,
        files={file.path: file.digest for file in files},
        overrides=_checked_overrides(overrides or {}),
    )
    return RulePackSource(manifest=manifest, files=files)


def decode(content: bytes) -> str:
    """Return rule sources as text; a byte that is no UTF-8 (old comments) stands for one letter."""
    text = content.decode("utf-8", "replace")
    return text.removeprefix("\ufeff")


def texts_of(pack: RulePackSource) -> tuple[RuleText, ...]:
    """Return the sources of a pack for an engine, each in the namespace <pack>/<path>."""
    return tuple(
        RuleText(namespace=f"{pack.name}/{file.path}", text=decode(file.content))
        for file in pack.files
    )


def _may_hold_rules(path: str, content: bytes) -> bool:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in SUFFIXES or _is_licence(path):
        return False
    return suffix != "" or bool(outline(decode(content)).rules)


def _is_licence(path: str) -> bool:
    return PurePosixPath(path).name.upper().startswith(("LICENSE", "LICENCE", "COPYING"))


def _licence(contents: list[tuple[str, bytes]]) -> str:
    """Return the short name of the licence file nearest to the top; "unknown" without one."""
    found = sorted(((p.count("/"), p, c) for p, c in contents if _is_licence(p)))
    text = " ".join(decode(found[0][2]).split()) if found else ""
    known = (short for phrase, short in LICENCES if phrase.lower() in text.lower())
    return next(known, text[:60] or "unknown")


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise _refused(f"{name!r} cannot name a pack", "use small letters, digits, dots, dashes")
    return name


def _checked_overrides(overrides: Mapping[str, str]) -> dict[str, str]:
    for rule, severity in overrides.items():
        if severity not in OVERRIDES:
            raise _refused(
                f"the override of {rule} cannot be {severity}",
                f"use one of: {', '.join(sorted(OVERRIDES))}",
            )
    return dict(overrides)


def _refused(reason: str, next_step: str) -> RulesError:
    return RulesError(reason, next_step=next_step)
