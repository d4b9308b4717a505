"""What the columns of the catalogue are made of, the same on every database."""

import sqlalchemy as sa

from custody.digest import Digest

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Most entries have no digest for half of their life; an index need not hold them.
DIGEST_KNOWN = sa.text("digest IS NOT NULL")
# What asks for a person, few among many; who asks for it says so in just these words.
HELD = sa.text("stage IN ('held', 'recalled')")


class DigestColumn(sa.types.TypeDecorator[Digest]):
    """A SHA-256 as 32 bytes in the database and 64 hexadecimal characters outside."""

    impl = sa.LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: Digest | None, dialect: sa.Dialect) -> bytes | None:
        """Return the 32 bytes of a digest."""
        del dialect
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> Digest | None:
        """Return the digest of 32 bytes."""
        del dialect
        return None if value is None else Digest(bytes(value).hex())


# SQLite numbers rows by itself only in an INTEGER key; PostgreSQL wants BIGINT.
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Ordered by its bytes as on SQLite, whatever the server's language: a sort order that changes with
# the system's C library has broken indexes of databases that were moved.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Time = sa.BigInteger  # microseconds since 1970 UTC: one meaning on every database
Key = sa.LargeBinary(16)
NO_WAVE = sa.text("99")
