"""Whatever people and machines do in whatever order, the promises hold and the ledger tells it all.

A machine of rules works on a real home and on a model of four contents: which of them are condemned
(a virus, by an indicator, by a recall) and not released since. Hypothesis looks for histories that
break a promise where AUTOCLAVE_INTERLEAVED says how many; the suite walks one way.
"""

import os
import shutil
import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from catalogue import entries, restore_sets
from custody.digest import digest_of
from custody.errors import InterruptedRunError, RefusedError, UsageError
from custody.lifecycle import Stage
from pipeline.anchoring.anchor import newest, on_paper
from pipeline.deciding import recall
from pipeline.deciding.decisions import release
from pipeline.deciding.known_sets import SetToAdd, add_iocs
from pipeline.delivering.bag import deliver_set
from pipeline.proving.verify import verify
from pipeline.recover import Recovery
from pipeline.rescanning import rescan
from pipeline.restoring.asked import Asked
from pipeline.restoring.opening import open_set
from pipeline.restoring.seal import seal
from pipeline.restoring.sign import sign_set
from pipeline.settings import RecallSettings
from pipeline.start import Request, enter_wave, register
from pipeline.wiring import open_runtime
from tests.corpus.homes import EICAR, a_source, copy_of

LETTERS = [f"a letter to the ward, number {n}\n".encode() * 9 for n in range(3)]
CONTENTS = (*LETTERS, EICAR)
DIGESTS = [digest_of(content) for content in CONTENTS]
FINAL = "sha256/"
SIGNERS = ("anna", "bert", "cert")
WARD = "ward"
LONGER = int(os.environ.get("AUTOCLAVE_INTERLEAVED", "0"))

numbers = st.integers(min_value=0, max_value=len(CONTENTS) - 1)
signers = st.sampled_from(SIGNERS)


class Interleaved(RuleBasedStateMachine):
    """A home, its ward's disk, and what must be true of both. Subclassed with a home to copy."""

    home, people, folder, database = None, None, None, None
    examples = 0

    def __init__(self):
        """Begin with a copy of the home and an empty disk."""
        super().__init__()
        type(self).examples += 1
        self.place = self.folder / str(self.examples)
        self.disk = self.place / "ward"
        self.disk.mkdir(parents=True)
        copied = copy_of(self.home, self.place, self.database)
        self.settings = replace(copied, recall=RecallSettings(percent=100))
        self.begin()
        self.condemned = {DIGESTS[-1]}
        self.signed_for = {}
        self.indicated = set()
        self.unfinished = False
        self.sets = {}

    def begin(self):
        """Open the home."""
        self.open = ExitStack()
        self.runtime = self.open.enter_context(open_runtime(self.settings))

    def where(self, digest):
        """Where the entries of the ward with a content stand, in the latest listing."""
        with self.runtime.catalogue.read() as connection:
            found = entries.by_digest(connection, digest)
        newest_one = max((e.inventory_id for e in found), default=0)
        return {e.stage for e in found if e.inventory_id == newest_one}

    def in_clean_zone(self):
        """Which of our contents lie in the clean zone."""
        keys = {v.key.rpartition("/")[2] for v in self.runtime.clean.versions(FINAL)}
        return keys & set(DIGESTS)

    def recovery(self, around=None):
        """The main job over the ward's disk."""
        source = a_source(self.disk, WARD)
        register(self.runtime, source)
        stop = threading.Event()
        asked = {"request": Request(sources=(source,)), "stop": stop}
        if around is None:
            return Recovery(runtime=self.runtime, **asked)
        return Recovery(runtime=self.runtime, around=lambda *a: around(stop, *a), **asked)

    @initialize()
    def begin_with_all(self):
        """The ward has three letters and a virus."""
        for number, content in enumerate(CONTENTS):
            (self.disk / f"{number}.txt").write_bytes(content)
        ended = self.recovery().run().as_json()
        assert (3, 1) == (ended["promoted"], ended["held"])

    @rule(number=numbers, name=st.sampled_from(["one", "two"]))
    def take_in(self, number, name):
        """A file comes, and the main job runs to its end: what a stop left is gone on with."""
        (self.disk / f"{name}-{number}.txt").write_bytes(CONTENTS[number])
        ended = self.recovery().run()
        if self.unfinished:  # the run that was stopped had not listed the file
            ended = self.recovery().run()
        self.unfinished = False
        assert 0 == ended.equation.unexplained
        assert len(list(self.disk.iterdir())) == ended.equation.listed

    @rule(number=numbers, at=st.sampled_from(["inspect", "assess", "promote"]))
    def stop_in_the_middle(self, number, at):
        """The main job is stopped at a step, and the home is closed and opened again."""

        def around(stop, step, _lease, work):
            if step.value == at:
                stop.set()
            work()

        (self.disk / f"late-{number}.txt").write_bytes(CONTENTS[number])
        try:
            self.recovery(around).run()
        except InterruptedRunError:
            self.unfinished = True
        self.open.close()
        self.begin()

    @rule(wave=st.integers(min_value=1, max_value=9))
    def enter_wave(self, wave):
        """The order of work changes nothing of what comes of it."""
        source = a_source(self.disk, WARD)
        register(self.runtime, source)
        enter_wave(self.runtime, [source.source_id], wave)

    @precondition(lambda self: not self.unfinished)
    @rule(number=numbers, who=st.sampled_from(["anna", "bert"]))
    def release(self, number, who):
        """One person alone lets nothing pass; a second one does."""
        digest = DIGESTS[number]
        if not self.where(digest) & {Stage.HELD, Stage.RECALLED}:
            return
        until = self.runtime.clock().replace(year=2099, month=1, day=1)
        before = self.signed_for.setdefault(digest, set())
        done = release(self.runtime, digest, self.people[who], until)
        assert bool(before - {who}) == done.effective
        before.add(who)
        if done.effective:
            self.condemned.discard(digest)
            self.signed_for.pop(digest)

    @rule(number=numbers, who=st.sampled_from(["anna", "bert"]))
    def recall(self, number, who):
        """What is withdrawn goes, and stays out until two people let it in."""
        digest = DIGESTS[number]
        if digest not in self.in_clean_zone():
            return
        recall.recall(self.runtime, recall.Asked(digest=digest), self.people[who])
        self.condemn(digest)

    @rule(number=st.integers(min_value=0, max_value=len(LETTERS) - 1))
    def indicate_and_rescan(self, number):
        """A CERT's digest comes, and a re-scan takes back what it condemns."""
        digest = DIGESTS[number]
        if digest in self.indicated:
            return
        path = self.place / f"cert-{number}.txt"
        path.write_text(f"{digest}\n")
        add_iocs(self.runtime, SetToAdd(path=path, name=f"cert-{number}", source="a cert"))
        rescan.rescan(self.runtime, rescan.Asked(), threading.Event())
        self.indicated.add(digest)
        self.condemn(digest)

    def condemn(self, digest):
        """Note that a content may not stand in the clean zone."""
        self.condemned.add(digest)
        self.signed_for.pop(digest, None)

    @precondition(lambda self: not self.unfinished)
    @rule(who=signers)
    def seal(self, who):
        """What is promoted of the ward is sealed, and nothing else."""
        on_paper(self.runtime, newest(self.runtime).size, "logbook 3, page 12", "engineer")
        wanted = {d for d in DIGESTS if Stage.PROMOTED in self.where(d)}
        try:
            stored = seal(self.runtime, Asked(host=WARD), self.people[who]).stored
        except (RefusedError, UsageError):
            assert set() == wanted
            return
        with self.runtime.catalogue.read() as connection:
            members = set(restore_sets.members(connection, stored.set_id))
        assert wanted == members
        self.sets[stored.set_id] = set()

    @precondition(lambda self: self.sets)
    @rule(who=signers, first=st.booleans())
    def sign_and_open(self, who, first):
        """A set opens when two people signed, the authority among them; not before."""
        set_id = min(self.sets) if first else max(self.sets)
        signed = self.sets[set_id]
        if who not in signed:
            sign_set(self.runtime, set_id, self.people[who])
            signed.add(who)
        with self.runtime.catalogue.read() as connection:
            is_open = restore_sets.get(connection, set_id).opened_at is not None
        if is_open:
            return
        if len(signed) >= 2 and "cert" in signed:
            self.opened(set_id)
        else:
            with pytest.raises(RefusedError):
                open_set(self.runtime, set_id)

    def opened(self, set_id):
        """Open a set, unless all of it was withdrawn, and hand it over without what was."""
        with self.runtime.catalogue.read() as connection:
            members = set(restore_sets.members(connection, set_id))
        try:
            open_set(self.runtime, set_id)
            bag = self.place / f"bag-{set_id}"
            deliver_set(self.runtime, set_id, bag)
        except (RefusedError, UsageError):
            assert members <= self.condemned
            return
        payload = [p for p in (bag / "data").rglob("*") if p.is_file()]
        assert set() == {digest_of(p.read_bytes()) for p in payload} & self.condemned

    @invariant()
    def nothing_condemned_stands_in_the_clean_zone(self):
        """Promises 1, 4 and 10: only what nothing condemns, or two people released since."""
        assert set() == self.in_clean_zone() & self.condemned

    @invariant()
    def nothing_is_lost(self):
        """Promise 2: after a whole run what nothing condemns is promoted, and all else waits."""
        if self.unfinished:
            return
        for digest in DIGESTS:
            stages = self.where(digest)
            if digest in self.condemned:
                assert stages <= {Stage.HELD, Stage.RECALLED}
            else:
                assert stages <= {Stage.PROMOTED}

    def teardown(self):
        """Promise 3 and 6: the evidence holds, and the ledger alone tells the same."""
        if self.unfinished:
            self.recovery().run()
        found = verify(self.runtime, deep=True)
        self.open.close()
        shutil.rmtree(self.place)
        assert ((), ()) == (found.faults, found.intents)


# One walk through every rule, for each run of the suite: each step is real work of a real home.
WALK = (
    ("recall", {"number": 0, "who": "anna"}),
    ("take_in", {"number": 0, "name": "two"}),
    ("release", {"number": 0, "who": "anna"}),
    ("release", {"number": 0, "who": "anna"}),
    ("release", {"number": 0, "who": "bert"}),
    ("release", {"number": 3, "who": "bert"}),
    ("seal", {"who": "anna"}),
    ("sign_and_open", {"who": "anna", "first": True}),
    ("indicate_and_rescan", {"number": 1}),
    ("sign_and_open", {"who": "cert", "first": True}),
    ("stop_in_the_middle", {"number": 2, "at": "assess"}),
    ("recall", {"number": 2, "who": "bert"}),
    ("enter_wave", {"wave": 1}),
    ("take_in", {"number": 1, "name": "one"}),
)


@pytest.fixture
def machine(recovered, people, tmp_path, copied_database):
    """The machine over copies of this home; on a server there is one copy of its database."""
    own = {"home": recovered, "people": people, "folder": tmp_path, "database": copied_database}
    return type("OfThisHome", (Interleaved,), own)


def test_a_walk_through_every_rule_breaks_no_promise(machine):
    """After each step nothing condemned stands in the clean zone, and nothing is lost."""
    walking = machine()
    walking.begin_with_all()
    for name, given in WALK:
        getattr(walking, name)(**given)
        walking.nothing_condemned_stands_in_the_clean_zone()
        walking.nothing_is_lost()

    assert len(walking.sets) == len(list(walking.place.glob("bag-*")))
    names = {name for name, _ in WALK}
    assert {r.function.__name__ for r in walking.rules} == names
    assert ({DIGESTS[n] for n in (1, 2, 3)}, {DIGESTS[1]}) == (
        walking.condemned,
        walking.indicated,
    )
    walking.teardown()


@pytest.mark.file
@pytest.mark.timeout(0)
@pytest.mark.skipif(
    not LONGER, reason="takes minutes: AUTOCLAVE_INTERLEAVED=N looks for N histories"
)
def test_no_interleaving_breaks_a_promise(machine):
    """Histories of twenty steps, and the shortest one that breaks a promise if one does."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=LONGER,
            stateful_step_count=20,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
