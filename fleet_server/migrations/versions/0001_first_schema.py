"""The first schema."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

import fleet_server.core.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TRIGGER change_record_no_delete BEFORE DELETE ON change_record
    BEGIN SELECT RAISE(ABORT, 'change records are append-only'); END""",
    """CREATE TRIGGER change_record_no_update BEFORE UPDATE ON change_record
    WHEN OLD.sealed_no IS NOT NULL OR NEW."id" IS NOT OLD."id" OR NEW."at" IS NOT OLD."at" OR NEW."actor_id" IS NOT OLD."actor_id" OR NEW."origin" IS NOT OLD."origin" OR NEW."action" IS NOT OLD."action" OR NEW."object_kind" IS NOT OLD."object_kind" OR NEW."object_id" IS NOT OLD."object_id" OR NEW."reason" IS NOT OLD."reason" OR NEW."content_hash" IS NOT OLD."content_hash" OR NEW."before" IS NOT OLD."before" OR NEW."after" IS NOT OLD."after"
    BEGIN SELECT RAISE(ABORT, 'change records are append-only'); END""",
    """CREATE TRIGGER claim_no_overlap_insert BEFORE INSERT ON claim
    WHEN NEW.status IN ('held', 'active') AND EXISTS (
    SELECT 1 FROM claim AS other
    WHERE other.resource_id = NEW.resource_id AND other.resource_kind = NEW.resource_kind
      AND other.status IN ('held', 'active') AND other.id <> NEW.id
      AND other.busy_from < NEW.busy_until AND other.busy_until > NEW.busy_from
)
    BEGIN SELECT RAISE(ABORT, 'slot_taken'); END""",
    """CREATE TRIGGER claim_no_overlap_update BEFORE UPDATE OF resource_kind, resource_id, busy_from, busy_until, status ON claim
    WHEN NEW.status IN ('held', 'active') AND EXISTS (
    SELECT 1 FROM claim AS other
    WHERE other.resource_id = NEW.resource_id AND other.resource_kind = NEW.resource_kind
      AND other.status IN ('held', 'active') AND other.id <> NEW.id
      AND other.busy_from < NEW.busy_until AND other.busy_until > NEW.busy_from
)
    BEGIN SELECT RAISE(ABORT, 'slot_taken'); END""",
    """CREATE TRIGGER claim_kept BEFORE DELETE ON claim BEGIN SELECT RAISE(ABORT, 'claims are released, not deleted'); END""",
)

POSTGRESQL = (
    """CREATE FUNCTION change_record_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.sealed_no IS NULL
            AND NEW."id" IS NOT DISTINCT FROM OLD."id" AND NEW."at" IS NOT DISTINCT FROM OLD."at" AND NEW."actor_id" IS NOT DISTINCT FROM OLD."actor_id" AND NEW."origin" IS NOT DISTINCT FROM OLD."origin" AND NEW."action" IS NOT DISTINCT FROM OLD."action" AND NEW."object_kind" IS NOT DISTINCT FROM OLD."object_kind" AND NEW."object_id" IS NOT DISTINCT FROM OLD."object_id" AND NEW."reason" IS NOT DISTINCT FROM OLD."reason" AND NEW."content_hash" IS NOT DISTINCT FROM OLD."content_hash" AND NEW."before" IS NOT DISTINCT FROM OLD."before" AND NEW."after" IS NOT DISTINCT FROM OLD."after"
        THEN RETURN NEW; END IF;
        RAISE EXCEPTION 'change records are append-only';
    END $$""",
    """CREATE TRIGGER change_record_no_edit BEFORE UPDATE OR DELETE ON change_record
    FOR EACH ROW EXECUTE FUNCTION change_record_append_only()""",
    """CREATE TRIGGER change_record_no_truncate BEFORE TRUNCATE ON change_record
    FOR EACH STATEMENT EXECUTE FUNCTION change_record_append_only()""",
    """CREATE EXTENSION IF NOT EXISTS btree_gist""",
    """ALTER TABLE claim ADD CONSTRAINT claim_no_overlap EXCLUDE USING gist (resource_id WITH =, resource_kind WITH =, tstzrange(busy_from, busy_until, '[)') WITH &&) WHERE (status IN ('held', 'active'))""",
    """CREATE FUNCTION claim_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'claims are released, not deleted'; END $$""",
    """CREATE TRIGGER claim_kept BEFORE DELETE ON claim FOR EACH ROW EXECUTE FUNCTION claim_kept()""",
)


def upgrade() -> None:
    op.create_table(
        "asset_day",
        sa.Column("asset_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("holder_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("owner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("all_in_use", sa.BigInteger(), nullable=False),
        sa.Column("all_setup", sa.BigInteger(), nullable=False),
        sa.Column("all_standby", sa.BigInteger(), nullable=False),
        sa.Column("all_maintenance", sa.BigInteger(), nullable=False),
        sa.Column("all_fault", sa.BigInteger(), nullable=False),
        sa.Column("all_off", sa.BigInteger(), nullable=False),
        sa.Column("all_in_transit", sa.BigInteger(), nullable=False),
        sa.Column("all_unknown", sa.BigInteger(), nullable=False),
        sa.Column("core_in_use", sa.BigInteger(), nullable=False),
        sa.Column("core_setup", sa.BigInteger(), nullable=False),
        sa.Column("core_standby", sa.BigInteger(), nullable=False),
        sa.Column("core_maintenance", sa.BigInteger(), nullable=False),
        sa.Column("core_fault", sa.BigInteger(), nullable=False),
        sa.Column("core_off", sa.BigInteger(), nullable=False),
        sa.Column("core_in_transit", sa.BigInteger(), nullable=False),
        sa.Column("core_unknown", sa.BigInteger(), nullable=False),
        sa.Column("booked_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_booked_ms", sa.BigInteger(), nullable=False),
        sa.Column("lesson_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_lesson_ms", sa.BigInteger(), nullable=False),
        sa.Column("contradiction_ms", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("no_shows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("asset_id", "day", "holder_id", "user_id"),
    )
    op.create_index("ix_asset_day_day", "asset_day", ["day"], unique=False)
    op.create_index("ix_asset_day_holder", "asset_day", ["holder_id", "day"], unique=False)
    op.create_table(
        "asset_hour",
        sa.Column("asset_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("holder_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("owner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("core_ms", sa.BigInteger(), nullable=False),
        sa.Column("available_ms", sa.BigInteger(), nullable=False),
        sa.Column("known_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=False),
        sa.Column("booked_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_booked_ms", sa.BigInteger(), nullable=False),
        sa.Column("lesson_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_lesson_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("asset_id", "day", "hour", "holder_id", "user_id"),
    )
    op.create_index("ix_asset_hour_holder", "asset_hour", ["holder_id", "day"], unique=False)
    op.create_table(
        "asset_type",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=30), nullable=False),
        sa.Column("make", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("model", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("name_zh", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("name_en", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("capabilities", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("session_gap_s", sa.Integer(), nullable=False),
        sa.Column("setup_minutes", sa.Integer(), nullable=False),
        sa.Column("clear_minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_asset_type_kind"), "asset_type", ["kind"], unique=False)
    op.create_table(
        "chain",
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("epoch", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("quality", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.PrimaryKeyConstraint("device_id"),
    )
    op.create_table(
        "change_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("origin", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("object_kind", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("object_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("after", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("sealed_no", sa.Integer(), nullable=True),
        sa.Column("chain_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sealed_no"),
    )
    op.create_index(op.f("ix_change_record_actor_id"), "change_record", ["actor_id"], unique=False)
    op.create_index(op.f("ix_change_record_at"), "change_record", ["at"], unique=False)
    op.create_index(op.f("ix_change_record_object_id"), "change_record", ["object_id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("resource_kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("resource_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("busy_from", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("busy_until", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("source_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("held_until", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("released_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('held', 'active', 'released')", name="claim_status"),
        sa.CheckConstraint("busy_from < busy_until", name="claim_range"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_claim_resource_time", "claim", ["resource_id", "busy_until"], unique=False)
    op.create_index(op.f("ix_claim_source_id"), "claim", ["source_id"], unique=False)
    op.create_table(
        "dead_letter",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("node_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("payload_hex", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_dead_letter_at_ms"), "dead_letter", ["at_ms"], unique=False)
    op.create_table(
        "device_hour",
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "hour_ms", "state"),
    )
    op.create_table(
        "dirty_day",
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("utc_day", sa.Integer(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "utc_day"),
    )
    op.create_table(
        "joint_lesson",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("starts_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "journal_epoch",
        sa.Column("node_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("epoch", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("high_water", sa.BigInteger(), nullable=False),
        sa.Column("ahead", sa.Integer(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("boot", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("boot_base_ms", sa.BigInteger(), nullable=True),
        sa.Column("gap_last", sa.BigInteger(), nullable=False),
        sa.Column("gap_cause", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.PrimaryKeyConstraint("node_id", "epoch"),
    )
    op.create_table(
        "journal_gap",
        sa.Column("node_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("epoch", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node_id", "epoch", "first"),
    )
    op.create_table(
        "journal_record",
        sa.Column("node_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("epoch", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("device_key", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("device_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("offset_ms", sa.BigInteger(), nullable=False),
        sa.Column("boot", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("boottime_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column("prev_ms", sa.BigInteger(), nullable=True),
        sa.Column("quality", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("node_id", "epoch", "offset"),
    )
    op.create_table(
        "kept_answer",
        sa.Column("owner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=False),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("headers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "key"),
    )
    op.create_index(op.f("ix_kept_answer_created_at"), "kept_answer", ["created_at"], unique=False)
    op.create_table(
        "organization",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("parent_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("name_zh", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("name_en", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("site_id", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.Column("timezone", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("pupils", sa.Integer(), nullable=True),
        sa.Column("pupils_on", sa.Date(), nullable=True),
        sa.Column("remoteness", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("stage", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("site_id"),
    )
    op.create_index(op.f("ix_organization_parent_id"), "organization", ["parent_id"], unique=False)
    op.create_table(
        "outbox_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("not_before", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_outbox_event_not_before"), "outbox_event", ["not_before"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("username", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("name_zh", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("name_en", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("locale", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("left_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "sample",
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("readings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "at_ms"),
    )
    op.create_table(
        "segment",
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("quality", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "start_ms"),
    )
    op.create_table(
        "signindelay",
        sa.Column("username", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("username"),
    )
    op.create_table(
        "utilization_watched",
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("seen_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("subject_id"),
    )
    op.create_table(
        "apitoken",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("person_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("prefix", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_apitoken_person_id"), "apitoken", ["person_id"], unique=False)
    op.create_table(
        "calendar_version",
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("changed_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id"),
    )
    op.create_table(
        "calendarday",
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("follows_weekday", sa.Integer(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("organization_id", "day"),
    )
    op.create_table(
        "membership",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("consortium_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("since", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consortium_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_membership_consortium_id"), "membership", ["consortium_id"], unique=False)
    op.create_index(op.f("ix_membership_organization_id"), "membership", ["organization_id"], unique=False)
    op.create_table(
        "node",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("site_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("foreign_node", sa.Boolean(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("liveness", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("last_seen", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("born_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("bd_seq", sa.Integer(), nullable=True),
        sa.Column("agent_version", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("properties", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("clock_offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("journal_epoch", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("journal_next", sa.BigInteger(), nullable=True),
        sa.Column("journal_pending", sa.BigInteger(), nullable=True),
        sa.Column("journal_ack", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_node_organization_id"), "node", ["organization_id"], unique=False)
    op.create_index(op.f("ix_node_site_id"), "node", ["site_id"], unique=False)
    op.create_index(op.f("ix_node_status"), "node", ["status"], unique=False)
    op.create_table(
        "pair",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("supporting_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("receiving_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["receiving_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["supporting_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_pair_receiving_id"), "pair", ["receiving_id"], unique=False)
    op.create_index(op.f("ix_pair_supporting_id"), "pair", ["supporting_id"], unique=False)
    op.create_table(
        "period",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_period_organization_id"), "period", ["organization_id"], unique=False)
    op.create_table(
        "reach",
        sa.Column("ancestor_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("descendant_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("since", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ancestor_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["descendant_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("ancestor_id", "descendant_id", "since"),
    )
    op.create_index(op.f("ix_reach_descendant_id"), "reach", ["descendant_id"], unique=False)
    op.create_table(
        "rolegrant",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("person_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("since", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_rolegrant_organization_id"), "rolegrant", ["organization_id"], unique=False)
    op.create_index(op.f("ix_rolegrant_person_id"), "rolegrant", ["person_id"], unique=False)
    op.create_table(
        "room",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_zh", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("name_en", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("bookable", sa.Boolean(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_room_organization_id"), "room", ["organization_id"], unique=False)
    op.create_table(
        "sharingagreement",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("lender_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("borrower_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kinds", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["lender_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_sharingagreement_borrower_id"), "sharingagreement", ["borrower_id"], unique=False)
    op.create_index(op.f("ix_sharingagreement_lender_id"), "sharingagreement", ["lender_id"], unique=False)
    op.create_table(
        "term",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_zh", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("name_en", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_term_organization_id"), "term", ["organization_id"], unique=False)
    op.create_table(
        "traveltime",
        sa.Column("from_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("to_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["to_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("from_id", "to_id"),
    )
    op.create_table(
        "websession",
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("person_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("csrf", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index(op.f("ix_websession_person_id"), "websession", ["person_id"], unique=False)
    op.create_table(
        "asset",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("asset_code", sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
        sa.Column("serial", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
        sa.Column("asset_type_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("owner_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("holder_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("roams", sa.Boolean(), nullable=False),
        sa.Column("bookable", sa.Boolean(), nullable=False),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("purchase_value", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_type_id"],
            ["asset_type.id"],
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("asset_code"),
    )
    op.create_index(op.f("ix_asset_asset_type_id"), "asset", ["asset_type_id"], unique=False)
    op.create_index(op.f("ix_asset_holder_id"), "asset", ["holder_id"], unique=False)
    op.create_index(op.f("ix_asset_owner_id"), "asset", ["owner_id"], unique=False)
    op.create_index(op.f("ix_asset_room_id"), "asset", ["room_id"], unique=False)
    op.create_index(op.f("ix_asset_serial"), "asset", ["serial"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("node_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("device_key", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("driver", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=30), nullable=False),
        sa.Column("make", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("model", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("serial", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("firmware", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("manifest", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("state_since_ms", sa.BigInteger(), nullable=False),
        sa.Column("state_cause", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("known_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("metrics", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("rival_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["node.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("node_id", "device_key"),
    )
    op.create_index(op.f("ix_device_node_id"), "device", ["node_id"], unique=False)
    op.create_index(op.f("ix_device_organization_id"), "device", ["organization_id"], unique=False)
    op.create_index(op.f("ix_device_serial"), "device", ["serial"], unique=False)
    op.create_index(op.f("ix_device_state"), "device", ["state"], unique=False)
    op.create_table(
        "binding",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asset_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.id"],
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["device.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_binding_asset_id"), "binding", ["asset_id"], unique=False)
    op.create_index(op.f("ix_binding_device_id"), "binding", ["device_id"], unique=False)
    op.create_table(
        "booking",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("asset_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lender_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("requester_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("starts_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=True),
        sa.Column("joint_lesson_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("claim_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("checked_out_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("returned_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("feedback", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(asset_id IS NULL) <> (room_id IS NULL)", name="booking_one_resource"),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.id"],
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["joint_lesson_id"],
            ["joint_lesson.id"],
        ),
        sa.ForeignKeyConstraint(
            ["lender_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_booking_asset_id"), "booking", ["asset_id"], unique=False)
    op.create_index(op.f("ix_booking_joint_lesson_id"), "booking", ["joint_lesson_id"], unique=False)
    op.create_index(op.f("ix_booking_lender_id"), "booking", ["lender_id"], unique=False)
    op.create_index(op.f("ix_booking_organization_id"), "booking", ["organization_id"], unique=False)
    op.create_index(op.f("ix_booking_requester_id"), "booking", ["requester_id"], unique=False)
    op.create_index(op.f("ix_booking_room_id"), "booking", ["room_id"], unique=False)
    op.create_index(op.f("ix_booking_starts_at"), "booking", ["starts_at"], unique=False)
    op.create_index(op.f("ix_booking_state"), "booking", ["state"], unique=False)
    op.create_table(
        "holding",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("asset_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("holder_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("since", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.id"],
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_holding_asset_id"), "holding", ["asset_id"], unique=False)
    op.create_index(op.f("ix_holding_holder_id"), "holding", ["holder_id"], unique=False)
    op.create_table(
        "loan",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("asset_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lender_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("borrower_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("starts_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("outbound_claim_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("return_claim_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("created_at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="loan_range"),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.id"],
        ),
        sa.ForeignKeyConstraint(
            ["borrower_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["lender_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["outbound_claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["return_claim_id"],
            ["claim.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_loan_asset_id"), "loan", ["asset_id"], unique=False)
    op.create_index(op.f("ix_loan_borrower_id"), "loan", ["borrower_id"], unique=False)
    op.create_index(op.f("ix_loan_lender_id"), "loan", ["lender_id"], unique=False)
    op.create_index(op.f("ix_loan_state"), "loan", ["state"], unique=False)
    op.create_table(
        "placement",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("asset_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organization_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("room_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("since", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", fleet_server.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_placement_asset_id"), "placement", ["asset_id"], unique=False)
    op.create_table(
        "booking_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("booking_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("from_state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("to_state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_booking_event_booking_id"), "booking_event", ["booking_id"], unique=False)
    op.create_table(
        "booking_session",
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
        ),
        sa.PrimaryKeyConstraint("device_id", "start_ms"),
    )
    op.create_index(op.f("ix_booking_session_booking_id"), "booking_session", ["booking_id"], unique=False)
    op.create_table(
        "hand_over",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("booking_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asset_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("at", fleet_server.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("from_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("to_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("condition", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.id"],
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
        ),
        sa.ForeignKeyConstraint(
            ["from_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["to_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_hand_over_asset_id"), "hand_over", ["asset_id"], unique=False)
    op.create_index(op.f("ix_hand_over_booking_id"), "hand_over", ["booking_id"], unique=False)
    dialect = op.get_bind().dialect.name
    for statement in SQLITE if dialect == "sqlite" else POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)
