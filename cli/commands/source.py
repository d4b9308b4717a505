"""`autoclave source`: register recovered file systems, and list them."""

from pathlib import Path
from typing import Annotated

import typer

from catalogue import sources
from cli.context import opened
from cli.options import (
    AsJson,
    AsOf,
    CaseTold,
    HostTold,
    ServiceTold,
    SiteTold,
    SnapshotTime,
    exit_codes,
    moment,
    new_group,
)
from cli.output import emit_all, say, show
from cli.source_table import COLUMNS, told_by_table
from cli.sources import Described, describe
from cli.tables import table
from cli.waves import put_into_wave, wave_text
from custody.box import Json
from custody.errors import ExitCode, UsageError
from custody.names import escape, to_base64
from custody.source import FIRST_WAVE, LAST_WAVE, ServiceGlob, Source
from pipeline.start import register

app = new_group("Register recovered file systems, and list them.")


ServiceMap = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GLOB=SERVICE",
        help="Paths of another service; repeatable. Kept in the clear: name folders only.",
    ),
]
Volume = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which disk of the server, when it has several."),
]
Decryptor = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="The tool that made these files out of encrypted ones, if one did."
    ),
]
WaveTold = Annotated[
    int | None,
    typer.Option(
        *("--wave",),
        min=FIRST_WAVE,
        max=LAST_WAVE,
        metavar="NUMBER",
        help="When it is recovered: wave 1 first; what is in none comes last.",
    ),
]
PlaceTold = Annotated[
    str | None,
    typer.Argument(
        help="The folder of a mounted image, s3://BUCKET/PREFIX, or sftp://USER@HOST/PATH."
    ),
]
TableFile = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help=f"A whole hospital: a CSV file with the columns {', '.join(COLUMNS)}.",
    ),
]


@app.command(
    "add", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.SOURCE, ExitCode.UNAVAILABLE)
)
def add(  # noqa: PLR0913  one argument an option
    context: typer.Context,
    path: PlaceTold = None,
    *,
    case: CaseTold = None,
    site: SiteTold = None,
    host: HostTold = None,
    service: ServiceTold = None,
    snapshot_time: SnapshotTime = None,
    at: AsOf = None,
    service_map: ServiceMap = None,
    volume: Volume = None,
    decryptor: Decryptor = None,
    wave: WaveTold = None,
    table_file: TableFile = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Register one source, or a whole hospital from a CSV file, before anything is pulled.

    The file system, bucket or server that stands at the place now becomes the registered one: a run
    later refuses another one there. Registering again takes what stands there as a new snapshot.
    Sources of one host and volume that have a --snapshot-time are snapshots of each other: of each
    path the newest clean one comes back. What a decryptor made is a source like any other, dated
    as the image that it was made from.
    """
    _check_dated(decryptor, snapshot_time or at)
    told = Described(
        case=case,
        site=site,
        host=host,
        service=service,
        snapshot_time=moment(snapshot_time),
        at=moment(at),
        service_globs=tuple(map(_service_glob, service_map or ())),
        volume=volume,
        decryptor=decryptor,
        wave=wave,
    )
    rows = _rows(path, table_file, told)
    with opened(context) as runtime:
        found = [describe(runtime, place, own, anew=True) for place, own in rows]
        for source in found:
            register(runtime, source)
        runtime.ledger.publish()
    _print(found, as_json=as_json)
    say("Next: `autoclave recover`")
    return ExitCode.DONE


@app.command("list", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def list_sources(context: typer.Context, *, as_json: AsJson = False) -> ExitCode:
    """List the registered sources, one JSON line each with --json."""
    with opened(context) as runtime, runtime.catalogue.read() as connection:
        _print(sources.all_sources(connection), as_json=as_json)
    return ExitCode.DONE


@app.command("wave", epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE))
def wave_of(
    context: typer.Context,
    wave: Annotated[
        int,
        typer.Argument(
            min=FIRST_WAVE, max=LAST_WAVE, help=f"1 is the first; {LAST_WAVE}, the last, is none."
        ),
    ],
    source_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE-ID]...", help="Registered sources.")
    ] = None,
    *,
    case: CaseTold = None,
    site: SiteTold = None,
    host: HostTold = None,
    service: ServiceTold = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Put registered sources into a wave: `recover` is through with one before it lists the next.

    Sources are named by their ids, or chosen by case, site, host and service: a source whose map
    has paths of a service holds some of it. A source is in one wave as a whole, because nothing
    of it is promoted before all of it was inspected; for some urgent paths use `recover --only`.
    Runs under way heed it with the next shard that they take.
    """
    wanted = Described(case=case, site=site, host=host, service=service)
    with opened(context) as runtime:
        changed = put_into_wave(runtime, wave, source_ids or [], wanted)
    _print(changed, as_json=as_json)
    say("Next: `autoclave status`")
    return ExitCode.DONE


def _rows(
    path: str | None, table_file: Path | None, told: Described
) -> list[tuple[str, Described]]:
    """Return the places that were named, with what is told of each."""
    if path is not None and table_file is None:
        return [(path, told)]
    if table_file is not None and path is None:
        return told_by_table(table_file, told)
    raise UsageError(
        "name one folder, bucket or server, or a file with --csv", next_step="give one of the two"
    )


def _check_dated(decryptor: str | None, snapshot_time: str | None) -> None:
    if decryptor and snapshot_time is None:
        raise UsageError(
            "a decryptor's output has the time of the image that it was made from",
            next_step="add --snapshot-time",
        )


def _service_glob(text: str) -> ServiceGlob:
    pattern, sign, service = text.rpartition("=")
    if not (pattern and sign and service):
        raise UsageError(
            "a service map cannot be read", next_step="write it as 'imagerie/*=radiologie'"
        )
    return ServiceGlob(pattern=pattern, service=service)


def _print(found: list[Source], *, as_json: bool) -> None:
    if as_json:
        emit_all(map(source_json, found))
        return
    rows = [
        (s.source_id, s.case, s.site, s.host, s.service, wave_text(s.wave), _day(s), _place(s))
        for s in found
    ]
    show(table(("source", "case", "site", "host", "service", "wave", "snapshot", "place"), rows))


def source_json(source: Source) -> dict[str, Json]:
    """Return a registered source as JSON."""
    return {
        "source": source.source_id,
        "case": source.case,
        "site": source.site,
        "host": source.host,
        "service": source.service,
        "services": {glob.pattern: glob.service for glob in source.service_globs},
        "volume": source.volume,
        "decryptor": source.decryptor or None,
        "wave": source.wave,
        "snapshot": source.snapshot_time.isoformat() if source.snapshot_time else None,
        "kind": source.kind.value,
        "location": escape(source.location),
        "location_b64": to_base64(source.location),
        "identity": str(source.identity),
    }


def _place(source: Source) -> str:
    return escape(source.location)


def _day(source: Source) -> str:
    return source.snapshot_time.isoformat(timespec="minutes") if source.snapshot_time else "-"
