"""Everything that a home keeps, wherever it keeps it, as files that can be searched."""

from pathlib import Path

from pipeline.settings import read_settings
from tests.corpus.asking import ask
from tests.corpus.homes import stores_of
from tests.corpus.searching import leaks

# Of the four stores, those that hold no content of the hospital's own.
STORES = ("audit", "names")
TABLES = "select table_name from information_schema.tables where table_schema = 'autoclave'"


def leaks_anywhere(home: Path, wanted: dict[str, bytes], copy: Path) -> list[str]:
    """Return where byte strings are found: in the home, and on the servers that it keeps things on.

    What lies on servers is copied to an empty folder first. A home that is served has Prefect's
    database and logs in it.
    """
    copy.mkdir()
    settings = read_settings(home, {})
    if settings.stores.kind == "s3":
        _copy_objects(home, copy)
    if settings.catalogue.url:
        _copy_rows(home, copy)
    return leaks(home, wanted) + leaks(copy, wanted)


def _copy_objects(home: Path, copy: Path) -> None:
    stores = stores_of(home)
    for name in STORES:
        store = getattr(stores, name)
        for number, version in enumerate(store.versions("")):
            with store.open(version.key, version.version) as file:
                content = file.read()
            (copy / f"{name}-{number}").write_bytes(content)
            (copy / f"{name}-{number}.key").write_text(version.key)


def _copy_rows(home: Path, copy: Path) -> None:
    for (table,) in ask(home, TABLES):
        rows = [
            b"\0".join(
                bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                for value in row
            )
            for row in ask(home, f'select * from autoclave."{table}"')
        ]
        (copy / f"table-{table}").write_bytes(b"\n".join(rows))
