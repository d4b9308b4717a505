import os
from collections.abc import Callable
from pathlib import Path

import pytest

from custody.digest import digest_of
from custody.errors import RulesError
from sanitizers.engines.interface import Engine, Rules, RuleText
from sanitizers.engines.registry import ENGINES, engine_named
from sanitizers.rules.built_in import FOLDER, built_in_pack
from sanitizers.rules.cache import KEY_FILE, Compiled, Place, load_or_compile
from sanitizers.rules.installing import install
from sanitizers.rules.loading import load
from sanitizers.rules.splitting import Part, Parted, part
from tests.corpus.rule_packs import PLAIN, pack_of

NAMED = 'rule named { condition: filename == "a" }\n'
Use = Callable[[], Compiled]


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    """Every engine in turn."""
    if request.param == "yara-python":
        pytest.importorskip("yara")
    return engine_named(request.param)


@pytest.fixture
def place(tmp_path: Path, engine: Engine) -> Place:
    """A place in a cache that does not exist yet."""
    return Place(
        folder=tmp_path / "cache", packs=digest_of(b"packs"), engine=engine.name, version="1"
    )


@pytest.fixture
def compiled_times(place: Place, engine: Engine) -> tuple[Use, list[int]]:
    """How to get the rules, and a list with one item for every time they were compiled."""
    times: list[int] = []

    def sources() -> Parted:
        times.append(1)
        return part([RuleText(namespace="p/a.yar", text=PLAIN + NAMED)])

    return lambda: load_or_compile(place, engine, sources), times


def matched(rules: Rules) -> bool:
    """Tell whether the rules find a needle."""
    return bool(rules.scan(b"needle"))


def test_rules_are_compiled_once(compiled_times: tuple[Use, list[int]]) -> None:
    """The second time they come from the cache, and match the same in every part."""
    use, times = compiled_times
    first, second = use(), use()
    assert len(times) == 1
    assert set(first.parts) == set(second.parts) == {Part.CONTENT, Part.NAMES}
    assert first.name_rules == second.name_rules == {("p/a.yar", "named")}
    assert matched(first.parts[Part.CONTENT])
    assert matched(second.parts[Part.CONTENT])


def test_the_cache_is_private(place: Place, compiled_times: tuple[Use, list[int]]) -> None:
    """Folder, key and rules can be read and written by their owner only."""
    compiled_times[0]()
    modes = {path.name: path.stat().st_mode & 0o777 for path in place.folder.iterdir()}
    assert place.folder.stat().st_mode & 0o777 == 0o700
    assert set(modes.values()) == {0o600}
    assert {place.name, KEY_FILE} <= set(modes)


@pytest.mark.parametrize("at", [0, 31, 32, 40, 200, -1])
def test_a_damaged_cache_is_compiled_again(
    place: Place, compiled_times: tuple[Use, list[int]], at: int
) -> None:
    """One flipped bit anywhere is noticed before the engine sees it."""
    use, times = compiled_times
    use()
    path = place.folder / place.name
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    assert matched(use().parts[Part.CONTENT])
    use()
    assert len(times) == 2


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 100])
def test_a_cut_cache_is_compiled_again(
    place: Place, compiled_times: tuple[Use, list[int]], length: int
) -> None:
    """What a power cut left of a file is not loaded."""
    use, times = compiled_times
    use()
    path = place.folder / place.name
    path.write_bytes(path.read_bytes()[:length])
    assert matched(use().parts[Part.CONTENT])
    assert len(times) == 2


def test_rules_of_another_place_are_not_believed(
    place: Place, compiled_times: tuple[Use, list[int]], engine: Engine
) -> None:
    """A file renamed to another pack's name is not taken for that pack's rules."""
    use, _ = compiled_times
    use()
    other = Place(folder=place.folder, packs=digest_of(b"x"), engine=place.engine, version="1")
    (place.folder / place.name).rename(place.folder / other.name)
    texts = [RuleText(namespace="p/b.yar", text="rule never { condition: false }")]
    assert not matched(load_or_compile(other, engine, lambda: part(texts)).parts[Part.CONTENT])


def test_a_lost_key_voids_the_cache(place: Place, compiled_times: tuple[Use, list[int]]) -> None:
    """Without the key that sealed it, nothing in the cache is believed."""
    use, times = compiled_times
    use()
    (place.folder / KEY_FILE).write_bytes(b"short")
    use()
    assert len(times) == 2


def test_a_full_disk_costs_only_the_cache(
    place: Place, compiled_times: tuple[Use, list[int]], caplog: pytest.LogCaptureFixture
) -> None:
    """Rules that cannot be kept are used all the same; no half of them stays on the disk."""
    use, times = compiled_times
    use()
    (place.folder / place.name).unlink()
    incoming = place.folder / f".{place.name}"
    incoming.symlink_to("/dev/full")

    assert matched(use().parts[Part.CONTENT])
    assert len(times) == 2
    assert not incoming.is_symlink()
    assert caplog.messages == [
        "the cache of compiled rules cannot be written: No space left on device"
    ]


def test_a_cache_that_cannot_be_read_is_compiled_again(
    place: Place, compiled_times: tuple[Use, list[int]]
) -> None:
    """A failing disk under the cache is no reason to refuse a run; the file is replaced."""
    use, times = compiled_times
    use()
    path = place.folder / place.name
    path.unlink()
    path.symlink_to("/proc/self/mem")  # a regular file whose first byte cannot be read

    assert matched(use().parts[Part.CONTENT])
    use()
    assert len(times) == 2


@pytest.mark.parametrize("taken", ["folder", "lock", "key"])
def test_rules_are_used_where_there_can_be_no_cache(
    place: Place,
    compiled_times: tuple[Use, list[int]],
    caplog: pytest.LogCaptureFixture,
    taken: str,
) -> None:
    """Whatever lies in the way of folder, lock or key, the rules are compiled each time."""
    use, times = compiled_times
    if taken == "folder":
        place.folder.write_text("in the way")
    else:
        (place.folder / taken).mkdir(mode=0o700, parents=True)
        place.folder.chmod(0o700)

    for _ in range(2):
        assert matched(use().parts[Part.CONTENT])
    assert len(times) == 2
    assert str(place.folder) not in caplog.text
    assert "without a cache" in caplog.messages[0]


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_open_to_others_is_refused(
    place: Place, compiled_times: tuple[Use, list[int]], mode: int
) -> None:
    """Where others could look or write, no compiled rules are kept or loaded."""
    place.folder.mkdir()
    place.folder.chmod(mode)
    with pytest.raises(RulesError, match="others") as caught:
        compiled_times[0]()
    assert "chmod 700" in caught.value.next_step


def test_a_folder_of_somebody_else_is_refused(
    place: Place, compiled_times: tuple[Use, list[int]]
) -> None:
    """A private folder of another user is not ours."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    place.folder.mkdir(mode=0o700)
    os.chown(place.folder, 12345, 12345)
    with pytest.raises(RulesError, match="others"):
        compiled_times[0]()


def test_packs_are_loaded_by_folder_and_digest(tmp_path: Path) -> None:
    """The built-in pack and an installed one are compiled together and found in the cache."""
    installed = install(
        pack_of(tmp_path / "s", {"a.yar": PLAIN}), tmp_path / "rules", engine_named("yara-x")
    )
    packs = [(each.folder, each.digest) for each in (built_in_pack(), installed)]
    for _ in range(2):
        loaded = load(packs, tmp_path / "cache", "yara-x")
        assert matched(loaded.compiled.parts[Part.CONTENT])
        assert set(loaded.overrides) == {"autoclave", "trial"}
    assert len(list((tmp_path / "cache").glob("*.bin"))) == 1


@pytest.mark.parametrize("digest", ["0" * 64])
def test_a_pack_of_another_digest_is_refused(tmp_path: Path, digest: str) -> None:
    """Rules that are not those of the profile are never compiled in their stead."""
    with pytest.raises(RulesError, match="changed"):
        load([(FOLDER, digest)], tmp_path / "cache", "yara-x")
    with pytest.raises(RulesError, match="not what was installed"):
        load([(tmp_path, digest)], tmp_path / "cache", "yara-x")


def test_no_packs_are_refused(tmp_path: Path) -> None:
    """An empty list of packs is a fault, never rules that find nothing."""
    with pytest.raises(RulesError, match="no rules"):
        load([], tmp_path / "cache", "yara-x")
