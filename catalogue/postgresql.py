"""The catalogue on a PostgreSQL server: one schema of a database, shared by many machines.

Writers take turns under one advisory lock, so that a transaction sees no other one half way, as on
SQLite. Leases are taken beside them, row by row. Readers see one moment. Every named lock is an
advisory lock of a session of its own: the server lets it go when its process or its machine dies.
"""

import hashlib
import os
import re
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import sqlalchemy as sa

from catalogue.database import WRITES, Condition, Engines
from catalogue.every_table import metadata
from catalogue.faults import catalogue_error
from custody.errors import CatalogueError, SettingsError

DRIVER = "postgresql+psycopg"
SCHEMA = "autoclave"
SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,47}")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
TRUSTED_MODES = frozenset({"verify-full", "verify-ca"})
LEAST_VERSION = 140_000
DAMAGED = frozenset({"XX001", "XX002"})  # data_corrupted, index_corrupted
WRITE_LOCK = "write"
DURABLE = ("fsync", "full_page_writes")
SCRUB_SECONDS = 5.0
LOOK_SECONDS = 0.05
# Tables in which an erasure replaces codes, or the objects of names.
WITH_CODES = ("entries", "findings", "name_inspections", "groups", "exceptions", "names")
# A client that hangs inside a transaction must not keep every other one from writing.
IDLE_WRITER = "300s"
_SERVER = sa.text(
    "SELECT current_setting('server_version_num')::integer, current_setting('server_encoding')"
)
_INDEXES = sa.text(
    """
    SELECT c.oid, c.relname AS name, quote_ident(x.nspname) || '.bt_index_check' AS check
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am a ON a.oid = c.relam AND a.amname = 'btree'
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = :schema
    JOIN pg_extension e ON e.extname = 'amcheck'
    JOIN pg_namespace x ON x.oid = e.extnamespace
    ORDER BY c.relname
    """
)
_UNCHECKED = sa.text(
    """
    SELECT CASE
        WHEN p.oid IS NULL THEN 'the extension amcheck is not installed in the database'
        WHEN NOT has_function_privilege(p.oid, 'EXECUTE')
            THEN 'the user of the database may not use the extension amcheck'
        ELSE '' END
    FROM (SELECT 1) one
    LEFT JOIN pg_extension e ON e.extname = 'amcheck'
    LEFT JOIN pg_proc p ON p.proname = 'bt_index_check' AND p.pronargs = 2
        AND p.pronamespace = e.extnamespace
    """
)
# Sessions whose view of the database began before a transaction number was given.
_LOOKING_BACK = sa.text(
    """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
        AND pid <> pg_backend_pid() AND age(backend_xmin) > age(CAST(:since AS xid))
    """
)
SESSION = {
    "synchronous_commit": "on",  # what the ledger or a store relies on survives the power going off
    "client_min_messages": "warning",
    "tcp_keepalives_idle": "30",  # a machine that lost its power lets its locks go in a minute
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A schema of a database on a server; `url` may hold a password and is never shown."""

    url: sa.URL
    schema: str

    def __repr__(self) -> str:
        return f"Server({self.identity})"

    @classmethod
    def at(cls, url: sa.URL) -> Self:
        """Return what a URL names; its `schema` is ours, its other options are the driver's.

        Raises:
            SettingsError: the schema has no plain name, or the way to the server is open to all.
        """
        schema = url.query.get("schema", SCHEMA)
        if not isinstance(schema, str) or not SCHEMA_NAME.fullmatch(schema):
            raise SettingsError(
                "the schema of the catalogue has no plain name",
                next_step="give small letters, digits and _ in ?schema=",
            )
        return cls(_sheltered(url.difference_update_query(["schema"])), schema)

    @property
    def identity(self) -> str:
        """What all openings of this catalogue have in common."""
        port = self.url.port or 5432
        return f"postgresql://{self.url.host or ''}:{port}/{self.url.database}?schema={self.schema}"

    def prepare(self, *, create: bool) -> None:
        """Do nothing: a server is there before its catalogue."""

    def make_room(self, connection: sa.Connection) -> None:
        """Make the schema in which the tables will stand.

        Raises:
            CatalogueError: the server is too old, or would not keep every text as it is.
        """
        version, encoding = connection.execute(_SERVER).one()
        if version < LEAST_VERSION or encoding != "UTF8":
            raise CatalogueError(
                f"the database is of version {version // 10_000} and encoding {encoding}",
                next_step="give one of PostgreSQL 14 or newer, made with ENCODING 'UTF8'",
            )
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")

    def engines(self, busy_seconds: float) -> Engines:
        """Return what reads, writes alone, and changes locked rows."""
        engine = _engine(
            self.url, self.schema, pool_pre_ping=True, isolation_level="READ COMMITTED"
        )
        lock = lock_number(self.schema, WRITE_LOCK)
        busy = max(1, round(busy_seconds * 1000))
        # One statement, evaluated from left to right: a write costs one more round trip, not four.
        words = (
            f"SELECT set_config('lock_timeout', '{busy}', true), pg_advisory_xact_lock({lock}), "
            f"set_config('lock_timeout', '0', true), "
            f"set_config('idle_in_transaction_session_timeout', '{IDLE_WRITER}', true)"
        )

        def take_turns(connection: sa.Connection) -> None:
            if connection.get_execution_options().get(WRITES):
                connection.exec_driver_sql(words)

        sa.event.listen(engine, "begin", take_turns)
        reading = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        writing = engine.execution_options(**{WRITES: True})
        return Engines(reading=reading, writing=writing, beside=engine)

    @contextmanager
    def holding(
        self, names: Sequence[str], *, shared: bool = False, wait: bool = True
    ) -> Iterator[str | None]:
        """Hold advisory locks in a session of their own; see `Catalogue.holding`.

        The session must be a direct one: a pooler that lends it to others in between loses locks.
        """
        with self._session() as connection:
            taken = _take(connection, self.schema, names, shared=shared, wait=wait)
            yield taken
            if taken is None:
                _run(connection, "SELECT 1")  # a session that was lost has lost its locks

    def faults(self, connection: sa.Connection) -> list[str]:
        """Return what amcheck finds wrong in the indexes and their rows, where it can be used."""
        if self.unchecked(connection):
            return []
        found = []
        for index in connection.execute(_INDEXES, {"schema": self.schema}).all():
            try:
                with connection.begin_nested():
                    connection.exec_driver_sql(f"SELECT {index.check}({index.oid}, true)")
            except sa.exc.DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") not in DAMAGED:
                    raise
                found.append(f"the index {index.name} and its table do not agree")
        return found

    def unchecked(self, connection: sa.Connection) -> str:
        """Return why indexes cannot be checked: the extension is missing, or not for this role."""
        return str(connection.execute(_UNCHECKED).scalar_one())

    def conditions(self, connection: sa.Connection) -> list[Condition]:
        """Return where it lies, whether the server keeps its promises, and what it can check."""
        found = [Condition(name="place", passed=True, detail=self.identity)]
        for name in DURABLE:
            on = connection.exec_driver_sql(f"SHOW {name}").scalar_one() == "on"
            detail = "on" if on else "off: a power cut loses what was promised"
            found.append(Condition(name=name, passed=on, detail=detail))
        reason = self.unchecked(connection)
        checked = reason or "`audit verify --deep` compares every index with its table"
        found.append(Condition(name="amcheck", passed=not reason, detail=checked, mandatory=False))
        return found

    def settle(self) -> None:
        """Count rows for the planner, and mark pages that an index alone may answer for.

        The server does both by itself in its own time; until then queries read whole tables.
        """
        with self._session() as connection:
            for table in metadata.sorted_tables:
                _run(connection, f"VACUUM (ANALYZE) {self.schema}.{table.name}")

    def scrub(self) -> bool:
        """Write the tables anew in which codes were replaced, once nobody reads the old rows.

        What the server's write-ahead log, its replicas and its backups keep is out of reach.
        """
        with self._session() as connection:
            if not _nobody_looks_back(connection):
                return False
            try:
                connection.exec_driver_sql(f"SET lock_timeout = {int(SCRUB_SECONDS * 1000)}")
                return all(_rewritten(connection, f"{self.schema}.{t}") for t in WITH_CODES)
            except sa.exc.OperationalError:
                return False

    def swap(self, new: "Server") -> None:
        """Let another schema of this database take the place and the name of this one, at once.

        Statements that are sent together are one transaction.
        """
        with self._session() as connection:
            _run(
                connection,
                f"DROP SCHEMA IF EXISTS {self.schema} CASCADE; "
                f"ALTER SCHEMA {new.schema} RENAME TO {self.schema}",
            )

    def drop(self) -> None:
        """Remove the schema and all that it holds."""
        with self._session() as connection:
            _run(connection, f"DROP SCHEMA IF EXISTS {self.schema} CASCADE")

    @contextmanager
    def _session(self) -> Iterator[sa.Connection]:
        """Give a session of its own, outside any transaction, that ends with the block."""
        engine = _direct(self.url, self.schema)
        with _own_errors():
            connection = engine.connect()
        with connection:
            yield connection


def _engine(url: sa.URL, schema: str, **options: Any) -> sa.Engine:
    settings = {**SESSION, "search_path": schema}
    words = " ".join(f"-c {name}={value}" for name, value in settings.items())
    arguments = {
        "options": words,
        "application_name": f"autoclave {socket.gethostname()}:{os.getpid()}"[:63],
        "connect_timeout": 10,
        "client_encoding": "utf8",
    }
    try:
        return sa.create_engine(url, connect_args=arguments, use_native_hstore=False, **options)
    except ModuleNotFoundError as error:
        raise CatalogueError(
            "the driver for PostgreSQL is not installed",
            next_step="install autoclave[postgresql]",
        ) from error
    except (sa.exc.SQLAlchemyError, TypeError) as error:
        raise SettingsError(
            "the URL of the catalogue cannot be used",
            next_step="give postgresql://USER@HOST:PORT/DATABASE",
        ) from error


@lru_cache(maxsize=4)
def _direct(url: sa.URL, schema: str) -> sa.Engine:
    """Return what begins sessions of their own; kept, because a first session asks much more."""
    return _engine(url, schema, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")


def lock_number(schema: str, name: str) -> int:
    """Return the number of a named lock of a catalogue; other programs' locks are elsewhere."""
    code = hashlib.sha256(f"autoclave\0{schema}\0{name}".encode()).digest()
    return int.from_bytes(code[:8], signed=True)


def copy_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Insert new rows by COPY, the fastest way in; no column type converts their values."""
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(map(quote, columns))
    statement = f"COPY {quote(table.name)} ({names}) FROM STDIN"
    driver: Any = connection.connection.dbapi_connection
    errors: Any = connection.dialect.loaded_dbapi
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except errors.Error as error:
        raise sa.exc.DBAPIError(statement, None, error) from error


def _sheltered(url: sa.URL) -> sa.URL:
    """Return a URL whose way to the server nobody else can read.

    Raises:
        SettingsError: it names no host, or asks for less than a verified server elsewhere.
    """
    given = url.query.get("host", url.host or "")
    hosts = (given,) if isinstance(given, str) else given
    if not any(hosts) or not url.database:
        raise SettingsError(
            "the URL of the catalogue names no host or no database",
            next_step="give postgresql://USER@HOST:PORT/DATABASE",
        )
    here = all(h.rpartition(":")[0] in LOOPBACK or h in LOOPBACK or h[:1] == "/" for h in hosts)
    url = url.set(drivername=DRIVER)
    if here and not url.query.keys() & {"hostaddr", "service"}:
        return url
    if url.query.get("sslmode", "verify-full") not in TRUSTED_MODES:
        raise SettingsError(
            "the catalogue's server is elsewhere and its certificate would not be verified",
            next_step="give sslmode=verify-full in its URL, and sslrootcert=FILE",
        )
    return url.update_query_dict({"sslmode": url.query.get("sslmode", "verify-full")})


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise catalogue_error(error) from error


def _run(connection: sa.Connection, statement: str) -> Any:
    with _own_errors():
        found = connection.exec_driver_sql(statement)
        return found.scalar() if found.returns_rows else None


def _take(
    connection: sa.Connection, schema: str, names: Sequence[str], *, shared: bool, wait: bool
) -> str | None:
    """Take locks in one order for everybody; return the first that somebody else holds."""
    function = f"pg_{'' if wait else 'try_'}advisory_lock{'_shared' if shared else ''}"
    for name in sorted(set(names)):
        if _run(connection, f"SELECT {function}({lock_number(schema, name)})") is False:
            return name
    return None


def _nobody_looks_back(connection: sa.Connection) -> bool:
    """Wait a while until no session sees rows that were replaced before now."""
    since = int(connection.exec_driver_sql("SELECT pg_current_xact_id()::text").scalar_one())
    end = time.monotonic() + SCRUB_SECONDS
    while connection.execute(_LOOKING_BACK, {"since": str(since % 2**32)}).scalar_one():
        if time.monotonic() > end:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _rewritten(connection: sa.Connection, table: str) -> bool:
    """Write a table anew; the server passes over what is another user's, with a warning only."""
    place = f"SELECT pg_relation_filenode('{table}')"
    before = connection.exec_driver_sql(place).scalar_one()
    connection.exec_driver_sql(f"VACUUM (FULL) {table}")
    return bool(before != connection.exec_driver_sql(place).scalar_one())
