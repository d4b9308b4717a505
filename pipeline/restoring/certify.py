"""The readiness certificate of a set: every number of it asked anew when the set opens."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from audit.event import canonical, timestamp
from audit.ssh_keys import fingerprint
from audit.verify import fingerprint as ledger_fingerprint
from catalogue import certifying, profiles, restore_sets, rule_packs
from catalogue.restore_sets import StoredSet
from catalogue.versions import SnapshotInventory, inventories_of
from cleanzone.certificate import WORDS, render
from cleanzone.printing.pdf import print_page
from cleanzone.rendering import moment
from cleanzone.restore_set import SetSignature, certificate_key
from custody.box import Json
from custody.digest import Digest, digest_of
from custody.errors import ObjectMissingError
from custody.exception import AnyException
from custody.fate import Fate
from pipeline.anchoring.window import window
from pipeline.restoring.sign import good_signatures
from pipeline.steps.derogated import granted_by
from pipeline.wiring import Runtime
from sanitizers.policy import Policy
from storage.interface import Spooled

FORMAT = "autoclave readiness certificate v1"
LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate as it is stored: its digest, and those of the pages and prints made from it."""

    digest: Digest
    pages: Mapping[str, Digest]
    prints: Mapping[str, Digest]


def certify(
    runtime: Runtime,
    stored: StoredSet,
    document: Mapping[str, Json],
    policy: Policy,
    *,
    withdrawn: Mapping[Digest, str],
    countersign_by: datetime | None,
) -> Certificate:
    """Store the certificate of a set as everything stands now, and its pages in two languages."""
    told = _told(runtime, stored, document, policy, withdrawn)
    told["urgent"] = countersign_by is not None
    told["countersign_by"] = None if countersign_by is None else timestamp(countersign_by)
    content = canonical(told)
    digest = digest_of(content)
    runtime.audit.put(certificate_key(stored.set_id, digest), _spooled(content))
    pages: dict[str, Digest] = {}
    prints: dict[str, Digest] = {}
    for language in LANGUAGES:
        page = render(told, language, digest)
        title = f"{WORDS[language]['title']} {stored.set_id}"
        printed = print_page(page, title=title, language=language)
        for made, ending, kept in ((page.encode(), "html", pages), (printed, "pdf", prints)):
            key = certificate_key(stored.set_id, digest, f"{language}.{ending}")
            runtime.audit.put(key, _spooled(made))
            kept[language] = digest_of(made)
    return Certificate(digest=digest, pages=pages, prints=prints)


def certificate_files(runtime: Runtime, stored: StoredSet) -> Iterator[tuple[str, bytes]]:
    """Yield what is stored of a set's certificate, each with its ending.

    A set that was opened before certificates were printed has no PDF: the ledger names none.

    Raises:
        StoreError: the audit store cannot be read, or a page is missing.
    """
    if stored.certificate is None:
        return
    for ending in ("json", *(f"{lang}.{kind}" for kind in ("html", "pdf") for lang in LANGUAGES)):
        try:
            with runtime.audit.open(
                certificate_key(stored.set_id, stored.certificate, ending)
            ) as stream:
                yield ending, stream.read()
        except ObjectMissingError:
            if not ending.endswith("pdf"):
                raise


def _told(
    runtime: Runtime,
    stored: StoredSet,
    document: Mapping[str, Json],
    policy: Policy,
    withdrawn: Mapping[Digest, str],
) -> dict[str, Json]:
    now = runtime.ledger.now()
    with runtime.catalogue.read() as connection:
        # Those of the sealing: what was recovered again since is not what was sealed.
        used = inventories_of(connection, document["runs"], document["sources"])
        members = set(restore_sets.members(connection, stored.set_id))
        return {
            "format": FORMAT,
            **{key: document[key] for key in SAID_BY_DOCUMENT},
            "document": stored.document,
            "opened_at": timestamp(now),
            "data_as_of": data_as_of(used),
            "equation": [_equation(connection, i, stored.service) for i in used],
            "withdrawn": [{"digest": d, "why": withdrawn[d]} for d in sorted(withdrawn)],
            "policy": {"name": policy.name, "digest": policy.digest},
            "instruments": [_instruments(connection, i.profile) for i in _by_profile(used)],
            "required_scanners": sorted(policy.scanners),
            "not_whole": [
                {"scanner": s, "outcome": o, "how": how, "contents": count}
                for s, o, how, count in certifying.coverages(connection, stored.set_id)
            ],
            "rules": [_pack(pack, now) for pack in rule_packs.deployed(connection)],
            "exceptions": [
                _exception(each, exception, now)
                for each, exception in certifying.exceptions_on(connection, members)
            ],
            "derogations": _derogations(connection, used, policy, now),
            "signatures": [_signature(s) for s in good_signatures(runtime, stored)],
            "ledger": ledger_words(runtime),
            "anchors": anchor_words(runtime),
            # Sets from before an anchor was asked for say nothing of one.
            "sealed_on": document.get("anchor"),
        }


SAID_BY_DOCUMENT = (
    *("set", "case", "kind", "intrusion", "cut_off", "service", "site", "host", "paths"),
    *("files", "plan", "sealed_at", "sealed_by", "until"),
)


def _signature(made: SetSignature) -> dict[str, Json]:
    return {
        "person": made.person,
        "role": made.role.value,
        "key": fingerprint(made.public_key),
        "reason": made.reason,
    }


def ledger_words(runtime: Runtime) -> dict[str, Json]:
    """Return where the ledger stands, as certificates and reports say it."""
    return {
        "origin": runtime.ledger.origin,
        "size": runtime.ledger.size,
        "root": runtime.ledger.root,
        "key": ledger_fingerprint(runtime.ledger.vkey),
    }


def anchor_words(runtime: Runtime) -> list[str]:
    """Return who outside vouches for the ledger, and how far; nobody is an empty list."""
    left = window(runtime)
    if left.said is None:
        return []
    said = left.said
    return [
        f"{said.by or said.kind}, {moment(said.at)}: {left.anchored} entries, {left.since} since"
    ]


def data_as_of(used: Iterable[SnapshotInventory]) -> list[dict[str, Json]]:
    """Return of which moment the data of some snapshots are."""
    return [
        {
            "source": each.source_id,
            "host": each.host,
            "snapshot": None if each.taken_at is None else timestamp(each.taken_at),
            "decryptor": each.decryptor or None,
        }
        for each in used
    ]


def _equation(
    connection: sa.Connection, inventory: SnapshotInventory, service: str
) -> dict[str, Json]:
    counted = certifying.fates(connection, inventory.inventory_id, service)
    fates = {fate.value: counted.get(fate, 0) for fate in Fate}
    listed = inventory.listed if not service else sum(counted.values())
    return {
        "source": inventory.source_id,
        "listed": listed,
        "fates": fates,
        "unexplained": max(counted.get(None, 0), abs(listed - sum(fates.values()))),
    }


def _derogations(
    connection: sa.Connection, used: list[SnapshotInventory], policy: Policy, now: datetime
) -> list[dict[str, Json]]:
    """Return those of every policy that something was judged under, and of the one in force."""
    told: list[dict[str, Json]] = []
    for digest in dict.fromkeys([*(each.policy for each in used), policy.digest]):
        granted = [d.as_json(now) for d in granted_by(connection, digest)]
        told += [each for each in granted if each not in told]
    return told


def _by_profile(used: list[SnapshotInventory]) -> list[SnapshotInventory]:
    return list({each.profile: each for each in used}.values())


def _instruments(connection: sa.Connection, digest: Digest) -> dict[str, Json]:
    profile = profiles.get(connection, digest)
    return {
        "profile": digest,
        "scanners": {} if profile is None else dict(profile.scanners),
        "rule_packs": {} if profile is None else dict(profile.rule_packs),
        "sandboxed": profile is not None and profile.sandboxed,
    }


def _pack(pack: rule_packs.RulePack, now: datetime) -> dict[str, Json]:
    return {
        "name": pack.name,
        "version": pack.version,
        "digest": pack.digest,
        "rules": pack.rules,
        "dated": pack.dated.date().isoformat(),
        "days_old": (now - pack.dated).days,
    }


def _exception(exception_id: str, exception: AnyException, now: datetime) -> dict[str, Json]:
    granted = exception.granted
    return {
        "exception": exception_id,
        "kind": type(exception).__name__,
        "digest": getattr(exception, "digest", None),
        "rule": getattr(exception, "rule", ""),
        "scanner": getattr(exception, "scanner", "names"),
        "people": list(granted.people),
        "reason": granted.reason,
        "until": timestamp(granted.end),
        "in_force": granted.holds_at(now),
    }


def _spooled(content: bytes) -> Spooled:
    return Spooled(digest=digest_of(content), size=len(content), content=content)
