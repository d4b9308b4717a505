"""A pure model of what may happen, held against the history that a ledger tells."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit import manifest
from custody.lifecycle import Action, Stage, advance
from storage.interface import Readable
from tests.corpus.asking import ask
from tests.corpus.homes import stores_of

Line = dict[str, Any]


@dataclass(slots=True)
class Model:
    """What the events so far permit. Every violation is kept, in words.

    An entry is known by the commitment to its name: it stays the same when its shard is split.
    """

    stages: dict[str, Stage] = field(default_factory=dict)
    approved: set[str] = field(default_factory=set)
    superseding: dict[str, str | None] = field(default_factory=dict)
    intended: set[str] = field(default_factory=set)
    put: set[str] = field(default_factory=set)
    inventories: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def inspected(self, lines: list[Line]) -> None:
        """Entries were taken or not, and what was taken is inspected; parts are no entries."""
        for line in (each for each in lines if "of" not in each):
            key = line["name"]
            if key in self.stages and self.stages[key] is not Stage.QUARANTINED:
                self.faults.append(f"{key} inspected twice")
            self.stages[key] = Stage(line["stage"])
            if line["stage"] == Stage.INSPECTED.value and line["digest"] and not line["vault"]:
                self.faults.append(f"{key} inspected and not in the vault")

    def assessed(self, lines: list[Line]) -> None:
        """Each entry moves from inspected to assessed and perhaps aside; the others stay.

        One whose promotion was given up moves from assessed to held. One that is superseded waits
        as what it is; what stands for it is decided in a line of its own.
        """
        self.approved |= {line["digest"] for line in lines if "of" in line}
        for line in (each for each in lines if "of" not in each):
            key = line["name"]
            before, after = self.stages.get(key), Stage(line["stage"])
            if before is not after and not self._is_decision(before, after):
                self.faults.append(f"{key} went from {before} to {after}")
            self.stages[key] = after
            self.superseding[key] = line["superseded_by"]
            if after is Stage.ASSESSED and not line["superseded_by"]:
                if line["verdict"] != "clean":
                    self.faults.append(f"{key} waits for promotion as {line['verdict']}")
                self.approved.add(line["digest"])

    def promoted(self, shard: int, lines: list[Line], decision: str | None) -> None:
        """Only what a decision approved is promoted, after the intention was published."""
        if decision is None:
            self.faults.append(f"shard {shard} promoted without a published intention")
        for line in lines:
            key = line["name"]
            if line["digest"] not in self.approved:
                self.faults.append(f"{key} promoted without a decision")
            if self.stages.get(key) is not Stage.ASSESSED:
                self.faults.append(f"{key} promoted from {self.stages.get(key)}")
            split = self.superseding.get(key)
            if split and split != line["digest"]:
                self.faults.append(f"{key} superseded by {line['digest']} instead of {split}")
            self.stages[key] = Stage.SUPERSEDED if split else Stage.PROMOTED

    @staticmethod
    def _is_decision(before: Stage | None, after: Stage) -> bool:
        if before is Stage.ASSESSED:
            return after is advance(before, Action.HOLD)
        if before is not Stage.INSPECTED:
            return False
        waiting = advance(before, Action.ASSESS)
        reachable = {waiting}
        for action in (Action.HOLD, Action.SET_ASIDE, Action.REFUSE, Action.REJECT):
            reachable.add(advance(waiting, action))
        return after in reachable


def check_history(home: Path) -> Model:
    """Replay the ledger of a home against the model and return it with its faults."""
    model = Model()
    audit = stores_of(home).audit
    intentions: dict[int, str] = {}
    for event in events(home):
        kind, subject = event["type"], event["subject"]
        match kind:
            case "autoclave.promotion.intended":
                intentions[subject["shard"]] = subject["decision"]
            case "autoclave.shard.inspected":
                model.inspected(_lines(audit, subject))
            case "autoclave.shard.assessed":
                model.assessed(_lines(audit, subject))
            case "autoclave.promotion.done":
                shard = subject["shard"]
                model.promoted(shard, _lines(audit, subject), intentions.get(shard))
    return model


def events(home: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a home's ledger in their order."""
    for (body,) in ask(home, "select body from ledger_entries order by seq"):
        yield json.loads(body)["event"]


def _lines(audit: Readable, subject: dict[str, Any]) -> list[Line]:
    with audit.open(manifest.key_of(subject["manifest"])) as file:
        return manifest.decode(manifest.read(file.read(), subject["manifest"]))
