"""Rule packs made ready to scan, from the cache or from their verified sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from custody.digest import Digest, digest_of, parse_digest
from custody.errors import RulesError
from sanitizers.canaries import CONTENT_RULES, NAME_RULE
from sanitizers.engines.interface import RuleText
from sanitizers.engines.registry import engine_named, engine_version
from sanitizers.rules.built_in import FOLDER, built_in_source
from sanitizers.rules.cache import Compiled, Place, load_or_compile
from sanitizers.rules.changing import Change, change, texts_to_run
from sanitizers.rules.grading import Grades
from sanitizers.rules.installing import load_pack, read_manifest
from sanitizers.rules.pack import PackManifest, RulePackSource
from sanitizers.rules.reading import texts_of
from sanitizers.rules.splitting import Parted, part


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Compiled rules with what their packs say of severities."""

    compiled: Compiled
    engine: str
    engine_version: str
    overrides: Mapping[str, Mapping[str, str]]
    grades: Mapping[str, Grades] = field(default_factory=dict)


def load(packs: Sequence[tuple[Path, str]], cache: Path, engine: str) -> Loaded:
    """Return the rules of some packs, ready to scan.

    Raises:
        RulesError: there is no pack, one is damaged, or it does not compile.
    """
    if not packs:
        raise RulesError("there are no rules", next_step="name at least the built-in pack")
    named = [(folder, parse_digest(digest)) for folder, digest in packs]
    manifests = [_manifest(folder, digest) for folder, digest in named]
    version = engine_version(engine)
    place = Place(
        folder=cache,
        packs=digest_of("\n".join(sorted(digest for _, digest in named)).encode()),
        engine=engine,
        version=version,
    )
    compiled = load_or_compile(place, engine_named(engine), lambda: _part(named))
    return Loaded(
        compiled=compiled,
        engine=engine,
        engine_version=version,
        overrides={manifest.name: manifest.overrides for manifest in manifests},
        grades={manifest.name: manifest.grades for manifest in manifests},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedChange:
    """The rules that changed, ready to scan beside the canaries', and which of them answer."""

    loaded: Loaded
    change: Change


def load_change(
    before: Sequence[tuple[Path, str]], packs: Sequence[tuple[Path, str]], cache: Path, engine: str
) -> LoadedChange:
    """Return the rules that differ between two sets of packs; a pack that is gone had none.

    Raises:
        RulesError: a pack in force is damaged, or a rule does not compile.
    """
    after = [source_of(folder, parse_digest(digest)) for folder, digest in packs]
    changed = change_between(before, packs)
    texts = texts_to_run(after, changed.run | _canary_rules())
    version = engine_version(engine)
    codes = "\n".join(sorted(f"{text.namespace} {text.text}" for text in texts))
    place = Place(
        folder=cache,
        packs=digest_of(b"change\n" + codes.encode()),
        engine=engine,
        version=version,
    )
    compiled = load_or_compile(place, engine_named(engine), lambda: part(texts))
    overrides = {pack.name: pack.manifest.overrides for pack in after}
    loaded = Loaded(
        compiled=compiled,
        engine=engine,
        engine_version=version,
        overrides=overrides,
        grades={pack.name: pack.manifest.grades for pack in after},
    )
    return LoadedChange(loaded=loaded, change=changed)


def change_between(before: Sequence[tuple[Path, str]], packs: Sequence[tuple[Path, str]]) -> Change:
    """Return the rules that differ between two sets of packs; those in both are not even read.

    A rule leans on rules of its own file only.

    Raises:
        RulesError: a pack in force is damaged.
    """
    new = [(folder, digest) for folder, digest in packs if (folder, digest) not in set(before)]
    old = [(folder, digest) for folder, digest in before if (folder, digest) not in set(packs)]
    after = [source_of(folder, parse_digest(digest)) for folder, digest in new]
    return change(sources_left(old), after)


def sources_left(packs: Sequence[tuple[Path, str]]) -> list[RulePackSource]:
    """Return those of some packs that are still there as they were: others count as without rules.

    Then every rule in force of that name is run again, and what is left over of it is void.
    """
    found: list[RulePackSource] = []
    for folder, digest in packs:
        try:
            found.append(source_of(folder, parse_digest(digest)))
        except RulesError:
            continue
    return found


def source_of(folder: Path, digest: Digest) -> RulePackSource:
    """Return the sources of a pack, verified.

    Raises:
        RulesError: it is not there, or not what its digest says.
    """
    return _built_in(digest) if folder == FOLDER else load_pack(folder, digest)


def _canary_rules() -> frozenset[tuple[str, str]]:
    labels = (*(rule for _, rule in CONTENT_RULES), NAME_RULE)
    pairs = (label.rpartition(":") for label in labels)
    return frozenset((namespace, rule) for namespace, _, rule in pairs)


def _manifest(folder: Path, digest: Digest) -> PackManifest:
    return _built_in(digest).manifest if folder == FOLDER else read_manifest(folder, digest)


def _part(named: Sequence[tuple[Path, Digest]]) -> Parted:
    texts: list[RuleText] = []
    for folder, digest in named:
        texts += texts_of(source_of(folder, digest))
    return part(texts)


def _built_in(digest: Digest) -> RulePackSource:
    pack = built_in_source()
    if pack.digest != digest:
        raise RulesError(
            "the built-in rules changed while they were in use", next_step="start again"
        )
    return pack
