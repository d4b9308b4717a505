"""A ransom note holds its whole directory, wherever in the run it turns up."""

import pytest

from tests.corpus.rule_matter import NOTES


@pytest.mark.slow
def test_nothing_beside_a_note_in_the_last_shard_is_promoted(autoclave, letters):
    """The note sorts last, in a later shard than its clean neighbours; all of them are held."""
    source = letters(120)
    attacked = source / "ward-zzz"
    attacked.mkdir()
    for n in range(130):
        (attacked / f"letter-{n:03d}.txt").write_text(f"Dear colleague, visit {n} went well.\n")
    (attacked / "zzz-readme.txt").write_text(NOTES["french"])

    ended = autoclave("recover", source, "--host", "srv1", "--json")
    stages = {e["path"]: e["stage"] for e in autoclave.listed()}
    beside = {stage for path, stage in stages.items() if path.startswith("ward-zzz/")}

    assert (3, 120, 131) == (ended.code, ended.json["promoted"], ended.json["held"])
    assert {"held"} == beside
