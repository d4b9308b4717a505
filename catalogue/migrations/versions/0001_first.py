"""The first tables of the catalogue."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

# Spelled out, not imported: a migration makes what it made on its day, whatever changed since.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
DIGEST = sa.LargeBinary(32)
KEY = sa.LargeBinary(16)
DIGEST_KNOWN = sa.text("digest IS NOT NULL")


def upgrade() -> None:
    """Make all tables in an empty database."""
    _places()
    _runs()
    _shards()
    _entries()
    _artefacts()
    _inspections()
    _policies()
    _people()
    _clean_zone()
    _ledger()


def downgrade() -> None:
    """Raise RuntimeError: a catalogue without tables has forgotten everything."""
    raise RuntimeError("there is no version before the first")


def _table(name: str, key: tuple[str, ...], *columns: Any, **options: Any) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), **options)


def _required(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _optional(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name in names]


def _places() -> None:
    _table(
        "cases",
        ("case_id",),
        *_required(TEXT, "case_id", "kind"),
        *_required(sa.BigInteger, "opened_at"),
        *_optional(sa.BigInteger, "intrusion_at"),
    )
    _table("sites", ("site",), *_required(TEXT, "site"))
    _table("hosts", ("site", "host"), *_required(TEXT, "site", "host"))
    _table("services", ("service",), *_required(TEXT, "service"))
    _table(
        "sources",
        ("source_id",),
        *_required(TEXT, "source_id", "case_id", "site", "host", "service", "kind"),
        *_required(sa.LargeBinary, "location"),
        *_required(TEXT, "filesystem"),
        *_required(sa.BigInteger, "root"),
        *_optional(sa.BigInteger, "snapshot_time"),
        *_required(sa.JSON, "service_globs"),
        *_required(sa.BigInteger, "registered_at"),
    )


def _runs() -> None:
    _table(
        "snapshots",
        ("snapshot_id",),
        *_required(ROW_ID, "snapshot_id"),
        *_required(TEXT, "source_id"),
        *_optional(sa.BigInteger, "taken_at"),
        *_required(TEXT, "filesystem"),
        *_required(sa.BigInteger, "root", "seen_at"),
    )
    op.create_index("ix_snapshots_source_id", "snapshots", ["source_id"])
    _table(
        "runs",
        ("run_id",),
        *_required(TEXT, "run_id", "case_id", "state"),
        *_required(DIGEST, "policy", "profile"),
        *_required(sa.JSON, "options"),
        *_required(sa.BigInteger, "started_at"),
        *_optional(sa.BigInteger, "ended_at"),
    )
    _table(
        "inventories",
        ("inventory_id",),
        *_required(ROW_ID, "inventory_id"),
        *_required(TEXT, "run_id", "source_id"),
        *_optional(ROW_ID, "snapshot_id"),
        *_required(TEXT, "state"),
        *_required(sa.BigInteger, "listed", "bytes"),
    )
    op.create_index("ix_inventories_run_id", "inventories", ["run_id"])
    op.create_index("ix_inventories_source_id", "inventories", ["source_id"])


def _shards() -> None:
    _table(
        "shards",
        ("shard_id",),
        *_required(ROW_ID, "shard_id"),
        *_required(TEXT, "run_id"),
        *_required(ROW_ID, "inventory_id"),
        *_required(TEXT, "step", "lane"),
        *_optional(ROW_ID, "subject_id", "parent_id"),
        *_required(sa.BigInteger, "entries", "bytes"),
        *_required(TEXT, "state"),
        *_optional(TEXT, "owner"),
        *_optional(sa.BigInteger, "lease_until"),
        *_required(sa.BigInteger, "epoch"),
        *_required(sa.Integer, "attempts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_shards_inventory_id", "shards", ["inventory_id"])
    op.create_index("ix_shards_run_id_step_state", "shards", ["run_id", "step", "state"])
    op.create_index("ix_shards_subject_id", "shards", ["subject_id"])
    _table(
        "attempts",
        ("shard_id", "epoch"),
        *_required(ROW_ID, "shard_id"),
        *_required(sa.BigInteger, "epoch"),
        *_required(TEXT, "owner"),
        *_required(sa.BigInteger, "started_at"),
        *_optional(sa.BigInteger, "ended_at"),
        *_optional(TEXT, "outcome"),
    )


def _entries() -> None:
    _table(
        "entries",
        ("entry_id",),
        *_required(ROW_ID, "entry_id", "inventory_id", "shard_id"),
        *_required(sa.Integer, "ordinal"),
        *_required(KEY, "name_key", "directory_key"),
        *_required(TEXT, "service", "kind"),
        *_required(sa.BigInteger, "size", "mtime_ns", "mode"),
        *_required(TEXT, "inode"),
        *_required(sa.BigInteger, "links"),
        *_required(TEXT, "stage"),
        *_optional(DIGEST, "digest"),
        *_optional(TEXT, "verdict", "reason"),
    )
    op.create_index(
        "ix_entries_digest",
        "entries",
        ["digest"],
        sqlite_where=DIGEST_KNOWN,
        postgresql_where=DIGEST_KNOWN,
    )
    op.create_index("ix_entries_directory_key_name_key", "entries", ["directory_key", "name_key"])
    op.create_index(
        "ix_entries_inventory_id_stage_service_verdict_shard_id_size",
        "entries",
        ["inventory_id", "stage", "service", "verdict", "shard_id", "size"],
    )
    op.create_index("ix_entries_shard_id_ordinal", "entries", ["shard_id", "ordinal"], unique=True)
    _table(
        "names",
        ("shard_id", "kind"),
        *_required(ROW_ID, "shard_id"),
        *_required(TEXT, "kind", "key", "version"),
        *_required(DIGEST, "digest"),
        *_required(TEXT, "key_id"),
        *_optional(sa.BigInteger, "erased_at"),
    )


def _artefacts() -> None:
    _table(
        "artefacts",
        ("digest",),
        *_required(DIGEST, "digest"),
        *_required(sa.BigInteger, "size"),
        *_required(TEXT, "vault_key", "vault_version"),
        *_required(sa.BigInteger, "vault_offset"),
        *_required(TEXT, "run_id"),
    )
    _table(
        "expansions",
        ("digest", "profile", "ordinal"),
        *_required(DIGEST, "digest", "profile"),
        *_required(sa.Integer, "ordinal"),
        *_optional(DIGEST, "derived"),
        *_required(TEXT, "how", "outcome"),
        *(*_optional(ROW_ID, "name_shard"), *_optional(sa.Integer, "name_line")),
    )
    op.create_index("ix_expansions_derived", "expansions", ["derived"])
    _table(
        "profiles",
        ("digest",),
        *_required(DIGEST, "digest"),
        *_required(sa.LargeBinary, "content"),
        *_required(sa.BigInteger, "first_used"),
    )
    _table(
        "inspections",
        ("digest", "profile"),
        *_required(DIGEST, "digest", "profile"),
        *_required(TEXT, "media_type"),
        *_required(sa.JSON, "scanners"),
        *_required(ROW_ID, "shard_id"),
        *_required(sa.BigInteger, "inspected_at"),
    )
    _table(
        "outcomes",
        ("digest", "profile", "scanner"),
        *_required(DIGEST, "digest", "profile"),
        *_required(TEXT, "scanner", "outcome"),
        *_optional(TEXT, "coverage", "reason"),
    )


def _inspections() -> None:
    _table(
        "findings",
        ("finding_id",),
        *_required(ROW_ID, "finding_id"),
        *_required(DIGEST, "digest", "profile"),
        *_optional(KEY, "name_key"),
        *_required(TEXT, "scanner", "rule", "kind", "severity", "where"),
        *_optional(ROW_ID, "detail_shard"),
        *_optional(sa.Integer, "detail_line"),
    )
    op.create_index("ix_findings_digest_profile", "findings", ["digest", "profile"])
    op.create_index("ix_findings_rule", "findings", ["rule"])
    _table(
        "name_inspections",
        ("name_key", "digest", "profile"),
        *_required(KEY, "name_key"),
        *_required(DIGEST, "digest", "profile"),
        *_required(ROW_ID, "shard_id"),
    )
    _table(
        "records",
        ("digest", "profile", "schema"),
        *_required(DIGEST, "digest", "profile"),
        *_required(TEXT, "schema"),
        *_required(sa.BigInteger, "read", "accepted", "refused", "flagged"),
    )
    _table(
        "groups",
        ("group_id",),
        *_required(ROW_ID, "group_id", "inventory_id"),
        *_required(TEXT, "kind"),
        *_required(KEY, "key"),
        *_required(TEXT, "alarm"),
        *_required(sa.JSON, "evidence"),
    )
    op.create_index("ix_groups_inventory_id", "groups", ["inventory_id"])


def _policies() -> None:
    _table(
        "rule_packs",
        ("name", "digest"),
        *_required(TEXT, "name"),
        *_required(DIGEST, "digest"),
        *_required(TEXT, "version", "licence"),
        *_required(sa.Integer, "rules"),
        *_required(sa.BigInteger, "dated", "added_at"),
        *_required(TEXT, "state"),
    )
    _table(
        "policies",
        ("digest",),
        *_required(DIGEST, "digest"),
        *_required(TEXT, "name"),
        *_required(sa.LargeBinary, "content"),
        *_required(TEXT, "state"),
        *_optional(TEXT, "proposed_by", "approved_by", "reason"),
        *_required(sa.BigInteger, "at"),
    )
    _table(
        "people",
        ("name",),
        *_required(TEXT, "name", "role", "public_key"),
        *_required(sa.BigInteger, "added_at"),
        sa.UniqueConstraint("public_key", name="uq_people_public_key"),
    )


def _people() -> None:
    _table(
        "decisions",
        ("decision_id",),
        *_required(TEXT, "decision_id"),
        *_required(DIGEST, "digest"),
        *_required(TEXT, "action", "scope", "actor", "reason", "signature"),
        *_required(sa.BigInteger, "at"),
        *_optional(TEXT, "completes"),
        *_required(sa.Boolean, "effective"),
    )
    op.create_index("ix_decisions_digest", "decisions", ["digest"])
    _table(
        "exceptions",
        ("exception_id",),
        *_required(TEXT, "exception_id", "kind"),
        *_optional(DIGEST, "digest"),
        *_required(TEXT, "scanner", "rule"),
        *_required(sa.JSON, "scope"),
        *_required(TEXT, "first_person", "second_person", "reason"),
        *_required(sa.BigInteger, "start", "end"),
    )
    op.create_index("ix_exceptions_digest", "exceptions", ["digest"])


def _clean_zone() -> None:
    _table(
        "manifests",
        ("root", "step", "shard_id"),
        *_required(DIGEST, "root"),
        *_required(TEXT, "step"),
        *_required(ROW_ID, "shard_id"),
        *_required(TEXT, "run_id"),
        *_required(sa.Integer, "lines"),
        *_required(TEXT, "event_id"),
    )
    op.create_index("ix_manifests_run_id", "manifests", ["run_id"])
    _table(
        "promotions",
        ("digest",),
        *_required(DIGEST, "digest"),
        *_required(TEXT, "key", "version", "run_id"),
        *_required(DIGEST, "manifest"),
        *_required(sa.BigInteger, "promoted_at"),
        *_optional(sa.BigInteger, "recalled_at"),
    )
    _table(
        "restore_sets",
        ("set_id",),
        *_required(TEXT, "set_id", "service", "state"),
        *_required(DIGEST, "manifest"),
        *_required(sa.BigInteger, "at"),
    )
    _table(
        "deliveries",
        ("delivery_id",),
        *_required(TEXT, "delivery_id"),
        *_optional(TEXT, "set_id"),
        *_required(DIGEST, "manifest"),
        *_required(sa.BigInteger, "files", "at"),
    )
    _table(
        "recalls",
        ("recall_id",),
        *_required(TEXT, "recall_id"),
        *_required(DIGEST, "digest"),
        *_required(TEXT, "reason"),
        *_required(sa.BigInteger, "at"),
    )
    op.create_index("ix_recalls_digest", "recalls", ["digest"])


def _ledger() -> None:
    _table(
        "outbox",
        ("row",),
        *_required(ROW_ID, "row"),
        *_required(TEXT, "event_id"),
        *_required(sa.LargeBinary, "body"),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
    )
    _table(
        "ledger_entries",
        ("origin", "seq"),
        *_required(TEXT, "origin"),
        *_required(sa.BigInteger, "seq"),
        *_required(TEXT, "event_id"),
        *_required(sa.LargeBinary, "body"),
        *_required(DIGEST, "leaf"),
        sa.UniqueConstraint("event_id", name="uq_ledger_entries_event_id"),
    )
    _table(
        "checkpoints",
        ("origin", "size"),
        *_required(TEXT, "origin"),
        *_required(sa.BigInteger, "size"),
        *_required(TEXT, "note"),
        *_required(sa.Boolean, "published"),
    )
    _table(
        "heads",
        ("origin",),
        *_required(TEXT, "origin"),
        *_required(sa.BigInteger, "size"),
        *_required(sa.LargeBinary, "frontier"),
        *_required(sa.BigInteger, "opened_at"),
        *_optional(sa.BigInteger, "closed_at"),
    )
