"""New rules condemn what was promoted: re-scanned, recalled, delivered by nobody; killed or not."""

import random

import pytest

from tests.corpus.homes import stores_of
from tests.corpus.rule_packs import write_pack
from tests.scenarios.conftest import Autoclave, Ended
from tests.scenarios.model import check_history

FILES = 400
KILLS = 20
RULE = 'rule odd_visit { strings: $a = "visit 7 went" condition: $a }\n'
BUSY = 6


def rescanned(autoclave: Autoclave) -> Ended:
    """Re-scan to the end; where an automation began one already, wait for that."""
    while (ended := autoclave("rescan", "--json")).code == BUSY:
        assert "another process re-scans" in ended.err
    return ended


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_re_scan_killed_again_and_again_recalls_what_a_new_rule_condemns(
    autoclave, letters, tmp_path, asked
):
    """After kill -9 at 20 moments one letter is out, all others stand, and the ledger agrees."""
    files, kills = asked.fewer(FILES), asked.fewer(KILLS)
    source = letters(files)
    assert files == autoclave("recover", source, "--host", "srv1", "--json").json["promoted"]
    pack = write_pack(tmp_path / "pack", {"r.yar": RULE})
    assert 0 == autoclave("rules", "add", pack, "--dated", "2026-11-01").code
    chance = random.Random(20261129)
    killings = [autoclave.kill_after(chance.uniform(0.5, 2.5), "rescan") for _ in range(kills)]

    ended = rescanned(autoclave)
    listed = autoclave.listed()
    [odd] = [e for e in listed if e["stage"] != "promoted"]
    delivered = autoclave("restore", "deliver", tmp_path / "handed", "--all", "--json")

    assert any(killings)
    assert [odd["digest"]] == list(ended.json["recalled"])
    assert ("recalled", "ward-000/letter-00007.txt") == (odd["stage"], odd["path"])
    assert 3 == ended.code
    assert files == len(listed)
    assert [] == in_clean_zone(autoclave.home, odd["digest"])
    handed = {p.name for p in (tmp_path / "handed").rglob("*.txt")}
    assert (files - 1, False) == (len(handed & names(files)), "letter-00007.txt" in handed)
    assert 0 == delivered.code, delivered.err
    assert [] == check_history(autoclave.home).faults
    assert 0 == autoclave("audit", "verify", "--deep").code
    again = rescanned(autoclave)
    assert (ended.json["rescan"], 0) == (again.json["rescan"], again.json["looked_at"]["entries"])
    assert 0 == autoclave("catalogue", "rebuild").code
    assert 0 == autoclave("audit", "verify", "--deep").code


def in_clean_zone(home, digest: str) -> list[str]:
    """The objects of a content that are left."""
    return [v.key for v in stores_of(home).clean.versions("") if digest in v.key]


def names(files: int) -> set[str]:
    """The names of all letters."""
    return {f"letter-{n:05d}.txt" for n in range(files)}
