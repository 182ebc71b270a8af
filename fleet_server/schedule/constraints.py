"""What the claims table refuses by itself: two claims of one resource whose busy ranges overlap."""

_OVERLAPPING = """
    SELECT 1 FROM claim AS other
    WHERE other.resource_id = NEW.resource_id AND other.resource_kind = NEW.resource_kind
      AND other.status IN ('held', 'active') AND other.id <> NEW.id
      AND other.busy_from < NEW.busy_until AND other.busy_until > NEW.busy_from
"""
_REFUSE = f"""
    WHEN NEW.status IN ('held', 'active') AND EXISTS ({_OVERLAPPING})
    BEGIN SELECT RAISE(ABORT, 'slot_taken'); END
"""

SQLITE: tuple[str, ...] = (
    f"CREATE TRIGGER claim_no_overlap_insert BEFORE INSERT ON claim {_REFUSE}",
    "CREATE TRIGGER claim_no_overlap_update"
    f" BEFORE UPDATE OF resource_kind, resource_id, busy_from, busy_until, status ON claim {_REFUSE}",
    "CREATE TRIGGER claim_kept BEFORE DELETE ON claim"
    " BEGIN SELECT RAISE(ABORT, 'claims are released, not deleted'); END",
)

POSTGRESQL: tuple[str, ...] = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "ALTER TABLE claim ADD CONSTRAINT claim_no_overlap EXCLUDE USING gist"
    " (resource_id WITH =, resource_kind WITH =, tstzrange(busy_from, busy_until, '[)') WITH &&)"
    " WHERE (status IN ('held', 'active'))",
    "CREATE FUNCTION claim_kept() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'claims are released, not deleted'; END $$",
    "CREATE TRIGGER claim_kept BEFORE DELETE ON claim FOR EACH ROW EXECUTE FUNCTION claim_kept()",
)
