"""Measures how long the console takes for its pages over a home that is made large.

    python -m benchmarks.console_pages --home COPY --person NAME [--entries 1000000] [--times 40]

COPY is the copy of a home that recovered something, to be thrown away afterwards: one of its
sources gets so many more (0: it is measured as it is), a twentieth of them held for forty reasons,
with names to decrypt. Each is inspected; the rules that hold something found something in it, and
one rule finds something harmless in a fifth of what is promoted; ten thousand of what is held are
one content. Requests go straight into the application, in this process; NAME is a person of that
home who already has an account. The password is read from the environment,
AUTOCLAVE_BENCHMARK_PASSWORD.
"""

import argparse
import asyncio
import math
import os
import re
import time
from pathlib import Path

import httpx
import sqlalchemy as sa

from catalogue import names as name_rows
from catalogue import shards, tables, views
from catalogue.inspections import INSPECTION
from catalogue.names import NamesKind, NamesObject
from catalogue.shards import Step
from catalogue.statements import insert_new_tuples, insert_tuples
from console.application import console_of, served
from custody.naming import directory_key
from pipeline.names import Name, fresh_salts
from pipeline.settings import Settings
from pipeline.wiring import Runtime, open_runtime

ORIGIN = "http://127.0.0.1:8380"
SHARD = 2000
HELD_EACH = 20
REASONS = 40
VERDICTS = ("malicious", "suspicious", "indeterminate", "active")
TYPES = ("text/plain", "application/pdf", "image/png")
HARMLESS, HARMLESS_EACH = "harmless", 5
FOLDERS = 7
SAME = 400  # what is held of these is the same content everywhere: 20 names in each shard
DIGEST = 13
FINDING = ("digest", "profile", "scanner", "rule", "kind", "severity", "where")
COLUMNS = (
    *("inventory_id", "shard_id", "ordinal", "name_key", "directory_key", "service", "kind"),
    *("size", "mtime_ns", "mode", "inode", "links", "stage", "digest", "verdict", "reason"),
)


def main() -> None:
    """Make the home large, then measure and print a Markdown table."""
    asked = _arguments()
    with open_runtime(Settings(home=asked.home)) as runtime:
        held = grow(runtime, asked.entries)
        console = console_of(runtime, [ORIGIN], secure=False)
        console.counts.get()  # as the console does before it listens
        asyncio.run(_measure(served(console), asked, held))


def grow(runtime: Runtime, entries: int) -> str:
    """Add entries to the first source, in shards with one names object; return a held digest."""
    with runtime.catalogue.read() as connection:
        inventory = views.latest_inventories(connection)[0]
        row = sa.select(tables.entries.c.digest).where(tables.entries.c.stage == "held").limit(1)
        known = str(connection.execute(row).scalar_one())
    if not entries:
        return known
    keys = runtime.keys.naming(inventory.case, inventory.host)
    paths = {
        n: Name(path=b"archive/2026/letter-%06d.docx" % n, salt=salt)
        for n, salt in enumerate(fresh_salts(SHARD))
    }
    folder = directory_key(keys.coding, b"archive/2026")
    sealed = runtime.names.write_names("benchmark/paths", keys, paths)
    for _ in range(entries // SHARD):
        with runtime.catalogue.write() as connection:
            shard = shards.add(
                connection,
                run_id=inventory.run_id,
                inventory_id=inventory.inventory_id,
                step=Step.INSPECT,
                lane="small",
                entries=SHARD,
                size=SHARD,
            )
            name_rows.add(
                connection, NamesObject(shard_id=shard, kind=NamesKind.PATHS, sealed=sealed)
            )
            rows = [_row(inventory.inventory_id, shard, n, known, folder) for n in range(SHARD)]
            insert_tuples(connection, tables.entries, COLUMNS, rows)
            _say(connection, shard, bytes.fromhex(inventory.profile), rows)
    return known


def _row(
    inventory_id: int, shard: int, n: int, known: str, one_folder: bytes
) -> tuple[object, ...]:
    held = n % HELD_EACH == 0
    folder = one_folder if n % FOLDERS == 0 else os.urandom(16)
    digest = bytes.fromhex(known) if held and n < SAME else os.urandom(32)
    place = (inventory_id, shard, n, os.urandom(16), folder, "radiology", "file")
    file = (40_000 + n, 1_600_000_000_000_000_000, 0o644, str(n), 1)
    kind = 0 if n < SAME else n
    verdict = VERDICTS[kind // HELD_EACH % len(VERDICTS)] if held else "clean"
    reason = f"scanner: {_rule(kind)}" if held else None
    return (*place, *file, "held" if held else "promoted", digest, verdict, reason)


def _say(
    connection: sa.Connection, shard: int, profile: bytes, rows: list[tuple[object, ...]]
) -> None:
    """Inspect the contents of a shard: what is held has a finding of the rule that holds it."""
    said = [
        (row[DIGEST], profile, TYPES[n % len(TYPES)], "{}", shard, 0) for n, row in enumerate(rows)
    ]
    insert_new_tuples(connection, tables.inspections, INSPECTION, said)
    found = [
        (row[DIGEST], profile, "scanner", _rule(n), "rule", "suspicious", "")
        if n % HELD_EACH == 0
        else (row[DIGEST], profile, "scanner", HARMLESS, "rule", "info", "")
        for n, row in enumerate(rows)
        if n % HELD_EACH == 0 or n % HARMLESS_EACH == 1
    ]
    insert_tuples(connection, tables.findings, FINDING, found)


def _rule(n: int) -> str:
    return f"rule-{n // HELD_EACH % REASONS}"


async def _measure(app: object, asked: argparse.Namespace, digest: str) -> None:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # an ASGI application
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, timeout=60) as client:
        found = re.search(r'name="form_token" value="([^"]+)"', (await client.get("/login")).text)
        password = os.environ["AUTOCLAVE_BENCHMARK_PASSWORD"]
        form = {"name": asked.person, "password": password, "form_token": found[1] if found else ""}
        if (await client.post("/login", data=form)).status_code != httpx.codes.SEE_OTHER:
            raise RuntimeError("the login failed: nothing can be measured")
        print("| page | median | 95 % below | processor, median |\n|---|---|---|---|")
        for name, address in {
            "overview": "/",
            "queue": "/queue",
            "queue, far behind": "/queue?after=500000",
            "queue, one verdict": "/queue?verdict=malicious",
            "queue, one reason": "/queue?reason=scanner:%20rule-7",
            "queue, one host": "/queue?host=pacs&service=radiology",
            "queue, one rule": "/queue?rule=eicar-test-file",
            "queue, a rule that holds": "/queue?rule=rule-7",
            "queue, a harmless rule": f"/queue?rule={HARMLESS}",
            "queue, one type": "/queue?media_type=application/pdf",
            "queue, a rare type": "/queue?media_type=no/type",
            "queue, one folder": "/queue?path=archive/2026/",
            "artefact": f"/artefact/{digest}",
        }.items():
            print(await _timed(client, name, address, asked.times), flush=True)


async def _timed(client: httpx.AsyncClient, name: str, address: str, times: int) -> str:
    spent, worked = [], []
    for _ in range(times):
        begin, processor = time.perf_counter(), time.process_time()
        answer = await client.get(address)
        spent.append(1000 * (time.perf_counter() - begin))
        worked.append(1000 * (time.process_time() - processor))
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{name} answered {answer.status_code}: nothing was measured")
    spent.sort()
    late = spent[math.ceil(times * 0.95) - 1]
    median, work = spent[times // 2], sorted(worked)[times // 2]
    return f"| {name} | {median:.0f} ms | {late:.0f} ms | {work:.0f} ms |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--person", required=True)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40)
    return parser.parse_args()


if __name__ == "__main__":
    main()
