from dataclasses import replace

import pytest

from catalogue import artefacts, expansions, manifests, profiles, promotions, recalls
from catalogue.expansions import Expansion
from catalogue.manifests import StoredManifest
from catalogue.promotions import Promotion
from catalogue.recalls import Act, Recall
from catalogue.shards import Step
from catalogue.statements import MOST_VALUES
from custody.artefact import Derivation, Location
from custody.digest import digest_of
from custody.profile import Profile
from tests.corpus.catalogue_rows import MINUTE, NOON, PROFILE

CONTENT = digest_of(b"content")
OTHER = digest_of(b"other")
PLACE = Location(digest=CONTENT, key="segments/1", version="v1", offset=4096, size=12)
OTHER_PLACE = replace(PLACE, digest=OTHER)
PROMOTION = Promotion(
    digest=CONTENT,
    key="clean/1",
    version="v1",
    run_id="run-1",
    manifest=digest_of(b"manifest"),
    promoted_at=NOON,
)
ACT = Act(recall_id="recall-1", cause="scan-1", manifest=digest_of(b"manifest"), at=NOON + MINUTE)
RECALL = Recall(recall_id="recall-1", digest=CONTENT, reason="new rule", at=NOON + MINUTE)


def test_a_content_is_found_where_it_was_put(writing):
    """The stretch of a segment comes back exactly."""
    artefacts.add(writing, "run-1", [PLACE])

    assert PLACE == artefacts.locate(writing, CONTENT)
    assert artefacts.locate(writing, OTHER) is None


def test_a_known_content_stays_where_it_is(writing):
    """A second copy of a content does not move the first."""
    artefacts.add(writing, "run-1", [PLACE])
    artefacts.add(writing, "run-2", [replace(PLACE, offset=0), OTHER_PLACE])

    assert {CONTENT: PLACE, OTHER: OTHER_PLACE} == artefacts.known(writing, [CONTENT, OTHER])


def test_more_contents_than_fit_a_statement_are_found(writing):
    """A question about many contents is asked in parts."""
    many = [digest_of(str(n).encode()) for n in range(MOST_VALUES + 1)]
    artefacts.add(writing, "run-1", [replace(PLACE, digest=digest) for digest in many])

    assert set(many) == artefacts.known(writing, [*many, CONTENT]).keys()


def test_what_is_promoted_is_known_until_it_is_recalled(writing):
    """A recalled content does not stand in the clean zone, and its history stays."""
    promotions.add(writing, [PROMOTION])
    assert {CONTENT: PROMOTION} == promotions.known(writing, [CONTENT, OTHER])

    recalls.add(writing, ACT, {CONTENT: "new rule"})

    assert {} == promotions.known(writing, [CONTENT])
    assert RECALL.at == promotions.get(writing, CONTENT).recalled_at
    assert [RECALL] == recalls.of_content(writing, CONTENT)


def test_a_content_that_stands_is_not_promoted_again(writing):
    """A repeat keeps the first object and the first receipt."""
    promotions.add(writing, [PROMOTION])
    promotions.add(writing, [replace(PROMOTION, key="clean/2", run_id="run-2")])

    assert PROMOTION == promotions.get(writing, CONTENT)


def test_a_recalled_content_can_come_back(writing):
    """After a new judgement it stands again, and its recall is not forgotten."""
    promotions.add(writing, [PROMOTION])
    recalls.add(writing, ACT, {CONTENT: "new rule"})
    again = replace(PROMOTION, run_id="run-2", promoted_at=NOON + 2 * MINUTE)

    promotions.add(writing, [again])

    assert {CONTENT: again} == promotions.known(writing, [CONTENT])
    assert [RECALL] == recalls.of_content(writing, CONTENT)


def test_a_recall_is_open_until_it_is_finished_once(writing):
    """What a crash leaves is found, and nobody finishes it twice."""
    recalls.add(writing, ACT, {CONTENT: "new rule"})
    assert [ACT] == recalls.unfinished(writing) == recalls.caused_by(writing, "scan-1")

    recalls.finish(writing, "recall-1", NOON + 2 * MINUTE)

    assert [] == recalls.unfinished(writing)
    assert [replace(ACT, done_at=NOON + 2 * MINUTE)] == recalls.all_acts(writing)
    with pytest.raises(RuntimeError, match="open recall"):
        recalls.finish(writing, "recall-1", NOON)


def test_what_holds_a_recalled_content_is_blocked_with_it(writing):
    """A recall speaks against the containers of its contents, all the way up, and nothing else."""
    inner, outer = digest_of(b"inner"), digest_of(b"outer")
    made = [
        (whole, Expansion(ordinal=1, derived=part, how=Derivation.MEMBER, outcome=""))
        for whole, part in ((inner, CONTENT), (outer, inner))
    ]
    expansions.add(writing, PROFILE, made)
    assert {} == recalls.against(writing, [CONTENT, inner, outer, OTHER])

    recalls.add(writing, ACT, {CONTENT: "new rule"})

    blocked = dict.fromkeys([CONTENT, inner, outer], frozenset({"recall-1"}))
    assert blocked == recalls.against(writing, [CONTENT, inner, outer, OTHER])

    recalls.add(writing, replace(ACT, recall_id="recall-0"), {inner: "of a clock that is behind"})

    both = frozenset({"recall-0", "recall-1"})
    blocked |= dict.fromkeys([inner, outer], both)
    assert blocked == recalls.against(writing, [CONTENT, inner, outer, OTHER])


def test_manifests_are_found_by_shard_run_and_root(writing):
    """One shard has one manifest a step; equal lines of two shards share a root."""
    root = digest_of(b"root")
    one = StoredManifest(
        root=root, step=Step.INSPECT, shard_id=1, run_id="run-1", lines=3, event_id="event-1"
    )
    two = replace(one, shard_id=2, event_id="event-2")
    later = replace(one, root=OTHER, step=Step.PROMOTE, event_id="event-3")
    for manifest in (two, later, one):
        manifests.add(writing, manifest)

    assert [one, later] == manifests.of_shard(writing, 1)
    assert [one, later, two] == manifests.of_run(writing, "run-1")
    assert [one, two] == manifests.with_root(writing, root)


def test_parts_of_a_content_are_known_in_order(writing):
    """Members and disarmed copies, made or not, are known by profile; the first answer stays."""
    member = Expansion(ordinal=0, derived=OTHER, how=Derivation.MEMBER, outcome="made")
    locked = Expansion(ordinal=1, derived=None, how=Derivation.MEMBER, outcome="password")
    expansions.add(writing, PROFILE, [(CONTENT, locked), (CONTENT, member)])
    expansions.add(writing, PROFILE, [(CONTENT, replace(locked, outcome="made"))])

    assert {CONTENT: (member, locked)} == expansions.known(writing, [CONTENT, OTHER], PROFILE)
    assert {} == expansions.known(writing, [CONTENT], digest_of(b"newer"))
    assert {CONTENT} == expansions.derived_from(writing, OTHER)
    assert set() == expansions.derived_from(writing, CONTENT)


def test_a_profile_is_read_back_by_its_digest(writing):
    """Years later a verdict still says which instruments gave it."""
    profile = Profile(
        scanners={"yara": "1.23"},
        rule_packs={"built-in": OTHER},
        limits={"depth": 6},
        sandboxed=True,
    )
    for _ in range(2):
        profiles.add(writing, profile, NOON)

    assert profile == profiles.get(writing, profile.digest)
    assert profiles.get(writing, OTHER) is None
