"""`autoclave init`: makes a home."""

from pathlib import Path
from typing import Annotated

import typer

from catalogue.engine import Catalogue
from cli.commands.keys import ledger_key_json, ledger_key_lines
from cli.context import opened, settings_of
from cli.options import AsJson, exit_codes, new_app
from cli.output import emit, say, show
from cli.tables import table
from custody.box import Json
from custody.errors import ExitCode, SettingsError, StoreError
from pipeline.database import server_url, with_password
from pipeline.home import Home
from pipeline.moving import name_server
from pipeline.settings import FILE_NAME, Settings
from pipeline.wiring import STORE_KINDS, Runtime

app = new_app()


@app.command(
    epilog=exit_codes(ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.UNAVAILABLE)
)
def init(
    context: typer.Context,
    *,
    stores: Annotated[
        str | None,
        typer.Option(
            "--stores",
            metavar="KIND",
            help="Set the stores up too: filesystem, or s3 as [stores] in autoclave.toml says.",
        ),
    ] = None,
    catalogue: Annotated[
        str | None,
        typer.Option(
            "--catalogue",
            metavar="URL",
            help="Keep the catalogue of a new home on a PostgreSQL server.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Make a home, or leave one as it is, and print the ledger key's fingerprint.

    Write the fingerprint into the paper logbook: whoever verifies an export compares it with what
    stands there. The public key is also written to a file, for handing out. Every other command
    makes a missing home too.

    With `--stores s3` buckets, locks, versioning and policies are made as their owner, whose
    credentials are not needed afterwards. What is right already is left; nothing is loosened.

    With `--catalogue postgresql://USER@HOST:PORT/DATABASE` the settings of the home name the
    server. The password has no place in a URL: it comes from AUTOCLAVE_CREDENTIALS_CATALOGUE
    (USER:PASSWORD), from `credentials/catalogue.toml` of the home (`user`, `password`), or from
    where PostgreSQL's own clients look. A catalogue in a file goes there with `catalogue migrate`.
    """
    _on_server(settings_of(context), catalogue)
    buckets = _set_up(settings_of(context), stores)
    with opened(context) as runtime:
        told = ledger_key_json(runtime)
        path = _write_public_key(runtime)
    if as_json:
        emit(told | {"vkey_path": str(path), "buckets": buckets})
    else:
        if buckets:
            show(table(("bucket", "now", "it was"), map(_row, buckets)))
        show(*ledger_key_lines(told), f"in the file  {path}")
        say("Next: `autoclave doctor`, then `autoclave keys backup FOLDER`")
    return ExitCode.DONE


def _on_server(settings: Settings, url: str | None) -> None:
    """Let the settings of a home without a catalogue name a server that answers."""
    if url is None or url == settings.catalogue.url:
        return
    home = Home(root=settings.home)
    place = with_password(server_url(url), home)
    if home.catalogue.exists() or settings.catalogue.url:
        raise SettingsError(
            "this home has a catalogue elsewhere",
            next_step="move one in a file with `autoclave catalogue migrate --to`",
        )
    Catalogue.open(place).close()
    home.make()
    name_server(settings, url)


def _set_up(settings: Settings, stores: str | None) -> list[dict[str, Json]]:
    """Set the stores up when that was asked for; folders are made by whoever opens the home."""
    kind = settings.stores.kind
    if stores is None:
        return []
    if stores != kind or stores not in STORE_KINDS:
        raise SettingsError(
            f"--stores {stores} was asked for, and stores.kind is {kind!r}",
            next_step=f"write the section [stores] of {settings.home / FILE_NAME} first",
        )
    if kind == "filesystem":
        return []
    from pipeline.buckets import set_up  # noqa: PLC0415  only S3 pays for the SDK

    changes = set_up(settings, Home(root=settings.home))
    return [{"bucket": c.bucket, "what": c.what, "changed": not c.right} for c in changes]


def _row(bucket: dict[str, Json]) -> tuple[str, ...]:
    was = "not so: changed" if bucket["changed"] else "so already"
    return (str(bucket["bucket"]), str(bucket["what"]), was)


def _write_public_key(runtime: Runtime) -> Path:
    path = runtime.home.public_key
    try:
        path.write_text(f"{runtime.ledger.vkey}\n", encoding="ascii")
    except OSError as error:
        raise StoreError(
            f"the home cannot be written: {error.strerror}", next_step="see `autoclave doctor`"
        ) from error
    return path
