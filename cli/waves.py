"""Waves in words, and the sources that an operator puts into one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from catalogue import runs, sources, waves
from cli.quantities import count_text, named_count
from cli.sources import Described
from custody.box import Json
from custody.errors import UsageError
from custody.source import LAST_WAVE, Source
from pipeline.start import enter_wave
from pipeline.wiring import Runtime


def wave_text(wave: int) -> str:
    """Return a wave for a table; the last one is that of sources in none."""
    return "-" if wave == LAST_WAVE else str(wave)


def put_into_wave(
    runtime: Runtime, wave: int, source_ids: Sequence[str], wanted: Described
) -> list[Source]:
    """Put the sources that are named or described into a wave, on the record, and return them.

    Raises:
        UsageError: none is named, a name is that of no source, or the description fits none.
    """
    with runtime.catalogue.read() as connection:
        known = sources.all_sources(connection)
    chosen = _named(known, source_ids) if source_ids else _described(known, wanted)
    return enter_wave(runtime, [source.source_id for source in chosen], wave)


def _named(known: Iterable[Source], source_ids: Sequence[str]) -> list[Source]:
    by_id = {source.source_id: source for source in known}
    if not by_id.keys() >= set(source_ids):
        raise UsageError(
            "a source that is named is not registered", next_step="see `autoclave source list`"
        )
    return [by_id[source_id] for source_id in dict.fromkeys(source_ids)]


def _described(known: Iterable[Source], wanted: Described) -> list[Source]:
    asked = (wanted.case, wanted.site, wanted.host, wanted.service)
    found = [source for source in known if any(asked) and _fits(source, wanted)]
    if not found:
        raise UsageError(
            "no registered source is named or fits",
            next_step="give SOURCE-IDs, or --case, --site, --host or --service",
        )
    return found


def _fits(source: Source, wanted: Described) -> bool:
    services = {source.service, *(glob.service for glob in source.service_globs)}
    pairs = ((wanted.case, source.case), (wanted.site, source.site), (wanted.host, source.host))
    fits_place = all(asked in {None, own} for asked, own in pairs)
    return fits_place and (wanted.service is None or wanted.service in services)


def waves_json(connection: sa.Connection) -> list[dict[str, Json]]:
    """Return how far each wave of each run under way is, as `status --json` prints it."""
    return [
        {
            "run": run.run_id,
            "wave": each.wave,
            "sources": each.sources,
            "listed": each.listed,
            "step": each.step.value if each.step else None,
            "entries": each.entries,
            "done": each.entries_done,
            "shards_leased": each.leased,
        }
        for run in runs.running(connection)
        for each in waves.progress(connection, run.run_id)
    ]


def wave_lines(found: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    """Yield a line a wave of the runs under way; nothing where no source was put into one."""
    told = list(found)
    if all(each["wave"] == LAST_WAVE for each in told):
        return
    for each in told:
        name = "the rest" if each["wave"] == LAST_WAVE else f"wave {each['wave']}"
        listed = f"{each['listed']} of {named_count(each['sources'], 'source', 'sources')} listed"
        yield f"run {each['run']}, {name}: {listed}, {_standing(each)}"


def _standing(told: Mapping[str, Json]) -> str:
    if told["step"] is None:
        return "all of it done" if told["listed"] == told["sources"] else "waits for its turn"
    done = f"{count_text(told['done'])} of {named_count(told['entries'], 'entry', 'entries')}"
    leased = named_count(told["shards_leased"], "shard", "shards")
    return f"{told['step']} {done}, {leased} in hand"
