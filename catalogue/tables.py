"""Every table of the catalogue: the truth about what stands where.

No names from hostile disks and no finding details stand here: entries carry keyed codes of their
path and directory, and the texts live in encrypted names objects (`names` says which).
"""

import sqlalchemy as sa

from catalogue.columns import (
    DIGEST_KNOWN,
    HELD,
    NAMING,
    NO_WAVE,
    DigestColumn,
    Key,
    RowId,
    Text,
    Time,
)

metadata = sa.MetaData(naming_convention=NAMING)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("case_id", Text, primary_key=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("opened_at", Time, nullable=False),
    sa.Column("intrusion_at", Time),
    sa.Column("cut_off_at", Time),
)
sites = sa.Table("sites", metadata, sa.Column("site", Text, primary_key=True))
hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("site", Text, primary_key=True),
    sa.Column("host", Text, primary_key=True),
)
services = sa.Table("services", metadata, sa.Column("service", Text, primary_key=True))

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("source_id", Text, primary_key=True),
    sa.Column("case_id", Text, nullable=False),
    sa.Column("site", Text, nullable=False),
    sa.Column("host", Text, nullable=False),
    sa.Column("service", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("location", sa.LargeBinary, nullable=False),
    sa.Column("filesystem", Text, nullable=False),
    sa.Column("root", sa.BigInteger, nullable=False),
    sa.Column("snapshot_time", Time),
    sa.Column("service_globs", sa.JSON, nullable=False),
    sa.Column("registered_at", Time, nullable=False),
    # Dated sources of one volume are snapshots of each other; a decryptor made the files of some.
    sa.Column("volume", Text),
    sa.Column("decryptor", Text),
    # The lower, the sooner it is worked on; its shards have the same, for the leases' index.
    sa.Column("wave", sa.Integer, nullable=False, server_default=NO_WAVE),
)
snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("snapshot_id", RowId, primary_key=True, autoincrement=True),
    sa.Column("source_id", Text, nullable=False, index=True),
    sa.Column("taken_at", Time),
    sa.Column("filesystem", Text, nullable=False),
    sa.Column("root", sa.BigInteger, nullable=False),
    sa.Column("seen_at", Time, nullable=False),
)
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", Text, primary_key=True),
    sa.Column("case_id", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("policy", DigestColumn, nullable=False),
    sa.Column("profile", DigestColumn, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("ended_at", Time),
)
inventories = sa.Table(
    "inventories",
    metadata,
    sa.Column("inventory_id", RowId, primary_key=True, autoincrement=True),
    sa.Column("run_id", Text, nullable=False, index=True),
    sa.Column("source_id", Text, nullable=False, index=True),
    sa.Column("snapshot_id", RowId),
    sa.Column("state", Text, nullable=False),
    sa.Column("listed", sa.BigInteger, nullable=False, default=0),
    sa.Column("bytes", sa.BigInteger, nullable=False, default=0),
)

shards = sa.Table(
    "shards",
    metadata,
    sa.Column("shard_id", RowId, primary_key=True, autoincrement=True),
    sa.Column("run_id", Text, nullable=False),
    sa.Column("inventory_id", RowId, nullable=False, index=True),
    sa.Column("step", Text, nullable=False),
    sa.Column("lane", Text, nullable=False),
    # A promote shard works on the entries of an inspect shard; a split shard has a parent.
    sa.Column("subject_id", RowId, index=True),
    sa.Column("parent_id", RowId),
    sa.Column("entries", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("owner", Text),
    sa.Column("lease_until", Time),
    sa.Column("epoch", sa.BigInteger, nullable=False, default=0),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("wave", sa.Integer, nullable=False, server_default=NO_WAVE),
    # A claim is one step in it: the first shard of the most urgent wave.
    sa.Index(None, "run_id", "step", "state", "wave", "shard_id"),
    # A number is never given twice: the stale lease of a discarded shard must fit no other.
    sqlite_autoincrement=True,
)
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("shard_id", RowId, primary_key=True),
    sa.Column("epoch", sa.BigInteger, primary_key=True),
    sa.Column("owner", Text, nullable=False),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("ended_at", Time),
    sa.Column("outcome", Text),
)
entries = sa.Table(
    "entries",
    metadata,
    sa.Column("entry_id", RowId, primary_key=True, autoincrement=True),
    sa.Column("inventory_id", RowId, nullable=False),
    sa.Column("shard_id", RowId, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("name_key", Key, nullable=False),
    sa.Column("directory_key", Key, nullable=False),
    sa.Column("service", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("mode", sa.BigInteger, nullable=False),
    sa.Column("inode", Text, nullable=False),
    sa.Column("links", sa.BigInteger, nullable=False),
    sa.Column("stage", Text, nullable=False),
    sa.Column("digest", DigestColumn),
    sa.Column("verdict", Text),
    sa.Column("reason", Text),
    # What stands for it in the clean zone, and the key of the contract that was declared for it.
    sa.Column("superseded_by", DigestColumn),
    sa.Column("contract", Text),
    sa.Index(None, "shard_id", "ordinal", unique=True),
    # All that the counts of a run read. The shard stands before the size, so that a shard's rows
    # lie together: random places cost a third of the speed of inserting.
    sa.Index(None, "inventory_id", "stage", "service", "verdict", "shard_id", "size"),
    # A name is looked up below its directory, for the same reason.
    sa.Index(None, "directory_key", "name_key"),
    sa.Index(None, "digest", sqlite_where=DIGEST_KNOWN, postgresql_where=DIGEST_KNOWN),
    # All that the groups of the console's queue read; most entries never stand in it.
    sa.Index(
        None,
        *("inventory_id", "verdict", "reason", "service"),
        sqlite_where=HELD,
        postgresql_where=HELD,
    ),
    # What its pages walk, each in the order of the entries: they end after fifty.
    *(
        sa.Index(None, *columns, sqlite_where=HELD, postgresql_where=HELD)
        for columns in (
            ("entry_id", "inventory_id", "verdict", "service"),
            ("reason", "entry_id"),
            ("directory_key", "entry_id"),
        )
    ),
)
names = sa.Table(
    "names",
    metadata,
    sa.Column("shard_id", RowId, primary_key=True),
    sa.Column("kind", Text, primary_key=True),  # paths | details | subjects
    sa.Column("key", Text, nullable=False),
    sa.Column("version", Text, nullable=False),
    sa.Column("digest", DigestColumn, nullable=False),
    sa.Column("key_id", Text, nullable=False),
    sa.Column("erased_at", Time),
)

artefacts = sa.Table(
    "artefacts",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    # Where its bytes lie in the vault: a whole object, or a part of a segment.
    sa.Column("vault_key", Text, nullable=False),
    sa.Column("vault_version", Text, nullable=False),
    sa.Column("vault_offset", sa.BigInteger, nullable=False),
    sa.Column("run_id", Text, nullable=False),
)
expansions = sa.Table(
    "expansions",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("profile", DigestColumn, primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True),
    sa.Column("derived", DigestColumn, index=True),
    sa.Column("how", Text, nullable=False),
    sa.Column("outcome", Text, nullable=False),
    # Where its name lies: the shard whose details object, and the line in it.
    sa.Column("name_shard", RowId),
    sa.Column("name_line", sa.Integer),
)
profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("first_used", Time, nullable=False),
)
# A row says that all scanners of the profile gave their outcome; only the outcomes that are not
# "scanned whole, nothing found" have rows of their own.
inspections = sa.Table(
    "inspections",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("profile", DigestColumn, primary_key=True),
    sa.Column("media_type", Text, nullable=False),
    sa.Column("scanners", sa.JSON, nullable=False),
    sa.Column("shard_id", RowId, nullable=False),
    sa.Column("inspected_at", Time, nullable=False),
)
outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("profile", DigestColumn, primary_key=True),
    sa.Column("scanner", Text, primary_key=True),
    sa.Column("outcome", Text, nullable=False),  # scanned | not-scanned | exempt
    sa.Column("coverage", Text),
    sa.Column("reason", Text),
)
findings = sa.Table(
    "findings",
    metadata,
    sa.Column("finding_id", RowId, primary_key=True, autoincrement=True),
    sa.Column("digest", DigestColumn, nullable=False),
    sa.Column("profile", DigestColumn, nullable=False),
    sa.Column("name_key", Key),  # set for findings about one name, empty for content
    sa.Column("scanner", Text, nullable=False),
    sa.Column("rule", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("severity", Text, nullable=False),
    sa.Column("where", Text, nullable=False),
    # The detail stands in the details object of this shard, at this line.
    sa.Column("detail_shard", RowId),
    sa.Column("detail_line", sa.Integer),
    sa.Index(None, "digest", "profile"),
    sa.Index(None, "rule"),
)
# A row says that the rules about names were run for one name and content; silence is no answer.
name_inspections = sa.Table(
    "name_inspections",
    metadata,
    sa.Column("name_key", Key, primary_key=True),
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("profile", DigestColumn, primary_key=True),
    sa.Column("shard_id", RowId, nullable=False),
)
groups = sa.Table(
    "groups",
    metadata,
    sa.Column("group_id", RowId, primary_key=True, autoincrement=True),
    sa.Column("inventory_id", RowId, nullable=False, index=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("key", Key, nullable=False),
    sa.Column("alarm", Text, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
)

rule_packs = sa.Table(
    "rule_packs",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("version", Text, nullable=False),
    sa.Column("licence", Text, nullable=False),
    sa.Column("rules", sa.Integer, nullable=False),
    sa.Column("dated", Time, nullable=False),
    sa.Column("added_at", Time, nullable=False),
    sa.Column("state", Text, nullable=False),  # deployed | replaced
)
policies = sa.Table(
    "policies",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("state", Text, nullable=False),  # proposed | in-force | replaced
    sa.Column("proposed_by", Text),
    sa.Column("approved_by", Text),
    sa.Column("reason", Text),
    sa.Column("at", Time, nullable=False),
)
people = sa.Table(
    "people",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("role", Text, nullable=False),
    sa.Column("public_key", Text, nullable=False, unique=True),
    sa.Column("added_at", Time, nullable=False),
    sa.Column("revoked_at", Time),
)
decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("decision_id", Text, primary_key=True),
    sa.Column("digest", DigestColumn, nullable=False, index=True),
    sa.Column("action", Text, nullable=False),
    sa.Column("scope", Text, nullable=False),
    sa.Column("actor", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("signature", Text, nullable=False),
    sa.Column("at", Time, nullable=False),
    # A release of two people: the second decision completes the first.
    sa.Column("completes", Text),
    sa.Column("effective", sa.Boolean, nullable=False, default=False),
)
exceptions = sa.Table(
    "exceptions",
    metadata,
    sa.Column("exception_id", Text, primary_key=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("digest", DigestColumn, index=True),
    sa.Column("scanner", Text, nullable=False),
    sa.Column("rule", Text, nullable=False),
    sa.Column("scope", sa.JSON, nullable=False),
    sa.Column("first_person", Text, nullable=False),
    sa.Column("second_person", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("start", Time, nullable=False),
    sa.Column("end", Time, nullable=False),
)

manifests = sa.Table(
    "manifests",
    metadata,
    sa.Column("root", DigestColumn, primary_key=True),
    sa.Column("step", Text, primary_key=True),
    sa.Column("shard_id", RowId, primary_key=True),
    sa.Column("run_id", Text, nullable=False, index=True),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("event_id", Text, nullable=False),
)
promotions = sa.Table(
    "promotions",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("key", Text, nullable=False),
    sa.Column("version", Text, nullable=False),
    sa.Column("run_id", Text, nullable=False),
    sa.Column("manifest", DigestColumn, nullable=False),
    sa.Column("promoted_at", Time, nullable=False),
    sa.Column("recalled_at", Time),
)
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("delivery_id", Text, primary_key=True),
    sa.Column("set_id", Text),
    sa.Column("manifest", DigestColumn, nullable=False),
    sa.Column("files", sa.BigInteger, nullable=False),
    sa.Column("at", Time, nullable=False),
)
