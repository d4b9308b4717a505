import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from custody.digest import digest_of
from sanitizers.rules.pack import InstalledPack, PackManifest, RuleFile, RulePackSource

MANIFEST = PackManifest(
    name="trial",
    version="1",
    licence="MIT",
    dated=date(2026, 1, 2),
    rules=3,
    files={"b.yar": digest_of(b"b"), "a.yar": digest_of(b"a")},
    overrides={"noisy": "info"},
)


def test_the_digest_does_not_depend_on_order() -> None:
    """The same files and overrides in another order are the same pack."""
    turned = replace(MANIFEST, files=dict(reversed(MANIFEST.files.items())))
    assert MANIFEST.digest == turned.digest


def test_every_field_is_in_the_digest() -> None:
    """Nothing about a pack can change without its digest changing."""
    others = (
        replace(MANIFEST, name="other"),
        replace(MANIFEST, version="2"),
        replace(MANIFEST, licence="GPL"),
        replace(MANIFEST, dated=None),
        replace(MANIFEST, rules=4),
        replace(MANIFEST, files={"a.yar": digest_of(b"a")}),
        replace(MANIFEST, overrides={}),
    )
    assert len({MANIFEST.digest, *(other.digest for other in others)}) == len(others) + 1


def test_the_manifest_is_plain_json() -> None:
    """A person can read a pack's manifest, and a date is an ISO date in it."""
    document = json.loads(MANIFEST.encode())
    assert document["dated"] == "2026-01-02"
    assert set(document) == {
        "name",
        "version",
        "licence",
        "dated",
        "rules",
        "files",
        "overrides",
    }


def test_a_pack_is_named_by_its_manifest() -> None:
    """Sources and installed packs have the name and digest of their manifest."""
    source = RulePackSource(manifest=MANIFEST, files=(RuleFile(path="a.yar", content=b"a"),))
    installed = InstalledPack(manifest=MANIFEST, folder=Path("x"))
    assert {source.name, installed.name} == {"trial"}
    assert {source.digest, installed.digest} == {MANIFEST.digest}
    assert source.files[0].digest == MANIFEST.files["a.yar"]
