"""The pages that only show, with something on each: nothing that people wrote acts there."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from catalogue import leases, newest, policies, proposals, recalls, restore_sets, tables
from catalogue.policies import PolicyState, StoredPolicy
from catalogue.recalls import Act
from catalogue.restore_sets import StoredSet, StoredSignature
from catalogue.shards import ShardState, Step
from console.words import WORDS
from custody.digest import digest_of
from tests.integration.console.conftest import NOTE

SHOWN = "&lt;b&gt;a reason&lt;/b&gt; \\u202e &amp; &#39;more&#39;"
DIGEST = digest_of(b"what was promoted")


@pytest.fixture
def filled(deciding):
    """A console over a home with a set, a recall, proposals and a policy, all with that reason."""
    runtime = deciding.runtime
    now = runtime.clock()
    sealed = StoredSet(
        set_id="set-1",
        case_id="dax-2021",
        kind="full",
        service="radiology",
        document=DIGEST,
        manifest=DIGEST,
        files=2,
        size=5000,
        at=now,
        until=now,
        countersign_by=now,
    )
    signature = StoredSignature(
        set_id="set-1",
        person="ana",
        role="analyst",
        public_key="k",
        reason=NOTE,
        signature="s",
        at=now,
    )
    policy = StoredPolicy(
        digest=DIGEST,
        name="hospital",
        content=b"",
        state=PolicyState.PROPOSED,
        at=now,
        proposed_by="ana",
        reason=NOTE,
    )
    with runtime.catalogue.write() as connection:
        restore_sets.add(connection, sealed, [DIGEST])
        restore_sets.sign(connection, signature)
        restore_sets.open_set(
            connection, "set-1", at=now, certificate=digest_of(b"paper"), countersign_by=now
        )
        recalls.add(
            connection, Act(recall_id="r", cause=NOTE, manifest=DIGEST, at=now), {DIGEST: NOTE}
        )
        proposals.replace(connection, "rescan", {DIGEST: NOTE})
        policies.add(connection, policy)
    return deciding


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_shown_is_shown_harmless(filled, as_person, language):
    """Each page has what it is about, the reason as text, and no markup of anybody else."""
    ana, words = as_person("ana"), WORDS[language]
    ana.post("/language", language=language)
    expected = {
        "/sets": (SHOWN, words["countersign_by"], digest_of(b"paper"), "radiology", "ana"),
        "/recalls": (SHOWN, words["not_yet"], DIGEST[:12]),
        "/policies": (SHOWN, words["waits"], "hospital"),
        "/people": ("is-auditor", words["looks_here"], words["signs_here"]),
        "/audit": (filled.runtime.ledger.vkey, filled.runtime.ledger.origin),
        "/rules": ("eicar_test_file", words["hits_say"]),
        "/runs": ("pacs-disk", "promote", "done"),
    }
    texts = {page: ana.get(page).text.replace("&#43;", "+") for page in expected}

    missing = [(p, w) for p, all_of in expected.items() for w in all_of if w not in texts[p]]
    assert [] == missing
    assert [] == re.findall(r"<b>|\u202e|<script|style=", "".join(texts.values()))


def test_a_run_tells_what_failed(deciding, as_person):
    """Attempts that ended badly, and shards that were split for it."""
    runtime = deciding.runtime
    with runtime.catalogue.write() as connection:
        run = newest.runs(connection, 1)[0]
        ready = sa.update(tables.shards).values(state=ShardState.READY.value)
        connection.execute(ready.where(tables.shards.c.step == Step.INSPECT.value))
        now = runtime.clock()
        lease = leases.claim(
            connection,
            run_id=run.run_id,
            step=Step.INSPECT,
            owner="test",
            now=now,
            ttl=timedelta(minutes=1),
        )
        leases.end(connection, lease, ShardState.SPLIT, now, NOTE)
    text = as_person("ana").get("/runs").text

    assert f"{WORDS['en']['failed_attempts']}: {SHOWN} (1)" in text
    assert f"{WORDS['en']['split_shards']}: 1" in text
