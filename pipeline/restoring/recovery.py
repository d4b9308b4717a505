"""The recovery report of a case: every number of it asked anew; no name of a file stands in it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from audit.event import EventType, canonical, timestamp
from catalogue import deliveries, restore_sets, tallies, views
from catalogue.cases import Case
from cleanzone.last_clean import Mark
from cleanzone.printing.pdf import print_page
from cleanzone.recovery import WORDS, conclusion, render_report
from custody.box import Json
from custody.digest import digest_of
from custody.errors import UsageError
from custody.verdict import PRECEDENCE, Verdict
from pipeline.places import check_apart
from pipeline.recording import Recorder
from pipeline.restoring.asked import Asked
from pipeline.restoring.certify import anchor_words, data_as_of, ledger_words
from pipeline.restoring.plan import plan_of
from pipeline.restoring.telling import MISSING, RESTORE, Sums, tell
from pipeline.wiring import Runtime

FORMAT = "autoclave recovery report v1"
NAME = "recovery"
KIND = "recovery report"
Report = dict[str, Json]


@dataclass(slots=True)
class _Service:
    """What is counted of one service."""

    restore: int = 0
    size: int = 0
    missing: int = 0
    marks: Counter[str] = field(default_factory=Counter)
    why: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def count(self, line: Mapping[str, Json]) -> None:
        """Add a line of the plan."""
        if line["outcome"] == MISSING:
            self.missing += 1
        elif line["outcome"] == RESTORE:
            self.restore += 1
            self.size += line["size"]
            self.marks.update(line["marks"])
        else:
            newest = line["newer"][0]
            said = (newest["verdict"] or "", newest["stage"], newest["why"])
            self.why[line["outcome"], *said] += 1

    def as_json(self, service: str) -> dict[str, Json]:
        """Return the numbers, the most frequent reason first."""
        return {
            "service": service,
            "restore": self.restore,
            "bytes": str(self.size),
            "marks": {
                mark.value: self.marks[mark.value] for mark in Mark if self.marks[mark.value]
            },
            "missing": self.missing,
            "why": [
                {"outcome": o, "verdict": v or None, "stage": s, "why": why, "paths": n}
                for (o, v, s, why), n in sorted(self.why.items(), key=lambda i: (-i[1], i[0]))
            ],
        }


def recovery_report(runtime: Runtime, asked: Asked) -> Report:
    """Return what came back of a case, or of what is asked of it, and what did not and why.

    Raises:
        UsageError: no case is meant, or two images of one volume are of one moment.
    """
    services: dict[str, _Service] = {}
    sums = Sums()
    with runtime.catalogue.read() as connection:
        plan = plan_of(connection, asked)
        for line in tell(runtime, connection, plan, sums):
            services.setdefault(line["service"], _Service()).count(line)
        return {
            "format": FORMAT,
            **_case_words(plan.case, asked),
            "made_at": timestamp(runtime.ledger.now()),
            "unfinished": sorted(plan.unfinished),
            **_found(connection, plan.case, unfinished=bool(plan.unfinished)),
            "services": [services[name].as_json(name) for name in sorted(services)],
            "no_reference": list(plan.without_reference),
            "unnamed": sums.unnamed,
            "sets": _sets(connection, plan.case.case_id),
            "data_as_of": data_as_of(plan.inventories),
            "ledger": ledger_words(runtime),
            "anchors": anchor_words(runtime),
        }


def write_report(runtime: Runtime, report: Report, folder: Path, actor: str) -> tuple[Path, ...]:
    """Write a report into a new folder as JSON, pages and prints; the ledger names their digests.

    Raises:
        UsageError: the folder is there already, lies in the home, or cannot be written.
    """
    check_apart(runtime, folder, "a report")
    content = canonical(report)
    files = {f"{NAME}.json": content}
    for language, words in WORDS.items():
        page = render_report(report, language, digest_of(content))
        title = f"{words['report']} {report['case']}"
        files[f"{NAME}.{language}.html"] = page.encode()
        files[f"{NAME}.{language}.pdf"] = print_page(page, title=title, language=language)
    digests = {name: digest_of(content) for name, content in files.items()}
    recorder = Recorder(runtime=runtime, case=report["case"], run_id="")
    body: dict[str, Json] = {"kind": KIND, "files": digests}
    recorder.record(recorder.event(EventType.EVIDENCE_EXPORTED, body=body, actor=actor))
    runtime.ledger.publish()
    try:
        folder.mkdir(mode=0o700)
        for name, content in files.items():
            with (folder / name).open("xb") as file:
                file.write(content)
    except OSError as error:
        raise UsageError(
            f"the report cannot be written: {error.strerror}", next_step="name a new folder"
        ) from error
    return tuple(folder / name for name in files)


def _case_words(case: Case, asked: Asked) -> Report:
    cut_off = asked.until(case)
    return {
        "case": case.case_id,
        "kind": case.terms.kind.value,
        "intrusion": timestamp(case.intrusion_at) if case.intrusion_at else None,
        "cut_off": timestamp(cut_off) if cut_off else None,
        "only": {"service": asked.service, "site": asked.site, "host": asked.host},
    }


def _found(connection: sa.Connection, case: Case, *, unfinished: bool) -> Report:
    """Return what was found in the whole case: what is asked of it does not narrow the cause."""
    found: Counter[Verdict] = Counter()
    standing = [each for each in views.status(connection) if each.inventory.case == case.case_id]
    for each in standing:
        found.update({verdict: tally.entries for verdict, tally in each.verdicts.items()})
    unjudged = tallies.unjudged(connection, {each.inventory.inventory_id for each in standing})
    said = conclusion(case.terms.kind, found, unjudged=unjudged, unfinished=unfinished)
    return {
        "conclusion": said.value,
        "verdicts": {verdict.value: found[verdict] for verdict in PRECEDENCE if found[verdict]},
        "unjudged": unjudged,
    }


def _sets(connection: sa.Connection, case_id: str) -> list[Report]:
    handed = Counter(delivery.set_id for delivery in deliveries.all_deliveries(connection))
    return [
        {
            "set": stored.set_id,
            "service": stored.service,
            "files": stored.files,
            "sealed_at": timestamp(stored.at),
            "opened_at": None if stored.opened_at is None else timestamp(stored.opened_at),
            "certificate": stored.certificate,
            "deliveries": handed[stored.set_id],
        }
        for stored in restore_sets.all_sets(connection, case_id)
    ]
