"""Append-only triggers: a change record is never edited or deleted; only the sealer fills its two empty columns."""

_CONTENT = ("id", "at", "actor_id", "origin", "action", "object_kind", "object_id", "reason", "content_hash")
_BODIES = ("before", "after")
_MESSAGE = "change records are append-only"

SQLITE: tuple[str, ...] = (
    f"""CREATE TRIGGER change_record_no_delete BEFORE DELETE ON change_record
    BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END""",
    f"""CREATE TRIGGER change_record_no_update BEFORE UPDATE ON change_record
    WHEN OLD.sealed_no IS NOT NULL OR {" OR ".join(f'NEW."{c}" IS NOT OLD."{c}"' for c in _CONTENT + _BODIES)}
    BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END""",
)

POSTGRESQL: tuple[str, ...] = (
    f"""CREATE FUNCTION change_record_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.sealed_no IS NULL
            AND {" AND ".join(f'NEW."{c}" IS NOT DISTINCT FROM OLD."{c}"' for c in _CONTENT + _BODIES)}
        THEN RETURN NEW; END IF;
        RAISE EXCEPTION '{_MESSAGE}';
    END $$""",
    """CREATE TRIGGER change_record_no_edit BEFORE UPDATE OR DELETE ON change_record
    FOR EACH ROW EXECUTE FUNCTION change_record_append_only()""",
    """CREATE TRIGGER change_record_no_truncate BEFORE TRUNCATE ON change_record
    FOR EACH STATEMENT EXECUTE FUNCTION change_record_append_only()""",
)
