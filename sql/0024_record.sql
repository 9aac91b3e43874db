-- The record: history that cannot be changed unseen, sealed by day, and the log of what matters for
-- security. What is hashed and how it is verified: docs/record.md; why so: docs/decisions/0016-record.md.
SET ROLE hotline_owner;

-- ---- the chain of each complaint ----

-- n counts the rows of one complaint. `hash` covers everything but the detail itself; the detail is
-- covered by detail_hash = sha256(salt || detail), so that a personal text in it can be taken out
-- later (the salt goes with it) while the chain holds. recorded_at is the database's own clock, `at`
-- what the writer says.
ALTER TABLE hotline.complaint_history
    ADD COLUMN n integer,
    ADD COLUMN recorded_at timestamptz,
    ADD COLUMN salt bytea,
    ADD COLUMN detail_hash bytea,
    ADD COLUMN prev bytea,
    ADD COLUMN hash bytea;

CREATE FUNCTION hotline.record_us(at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (extract(epoch FROM at) * 1000000)::bigint
$$;

-- The same bytes as server/record/record_hash.c makes. STABLE, so that it is inlined in the trigger.
CREATE FUNCTION hotline.history_hash(h hotline.complaint_history) RETURNS bytea LANGUAGE sql STABLE
    AS $$
    SELECT sha256(convert_to(concat_ws(E'\n', 'hotline-history-1', encode(h.prev, 'hex'),
        h.complaint_id, h.n, h.id, hotline.record_us(h.at), hotline.record_us(h.recorded_at),
        h.event, octet_length(h.actor) || ':' || h.actor, encode(h.detail_hash, 'hex')), 'UTF8'))
$$;

-- Gives a new row its place in its complaint's chain. Who is first needs no lock: the complaint was
-- made in the same transaction, and the unique index holds in any case. Who comes later waits for
-- the complaint's row, which whoever changes a complaint has locked before.
CREATE FUNCTION hotline.history_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_n integer;
    last_hash bytea;
BEGIN
    PERFORM pg_catalog.pg_current_xact_id(); -- before the clock: see hotline.record_seal
    SELECT h.n, h.hash INTO last_n, last_hash FROM hotline.complaint_history h
    WHERE h.complaint_id = NEW.complaint_id ORDER BY h.n DESC LIMIT 1;
    IF FOUND THEN
        PERFORM FROM hotline.complaints c WHERE c.id = NEW.complaint_id FOR NO KEY UPDATE;
        SELECT h.n, h.hash INTO last_n, last_hash FROM hotline.complaint_history h
        WHERE h.complaint_id = NEW.complaint_id ORDER BY h.n DESC LIMIT 1;
        NEW.n := last_n + 1;
        NEW.prev := last_hash;
    ELSE
        NEW.n := 1;
        NEW.prev := '';
    END IF;
    NEW.recorded_at := clock_timestamp();
    NEW.salt := uuid_send(gen_random_uuid());
    NEW.detail_hash := sha256(NEW.salt || convert_to(NEW.detail::text, 'UTF8'));
    NEW.hash := hotline.history_hash(NEW);
    RETURN NEW;
END $$;

-- Rows from before, in their order.
ALTER TABLE hotline.complaint_history DISABLE TRIGGER complaint_history_append_only;
DO $$
DECLARE
    h hotline.complaint_history;
    before hotline.complaint_history;
BEGIN
    FOR h IN SELECT * FROM hotline.complaint_history ORDER BY complaint_id, id LOOP
        h.n := CASE WHEN h.complaint_id = before.complaint_id THEN before.n + 1 ELSE 1 END;
        h.prev := CASE WHEN h.n > 1 THEN before.hash ELSE '' END;
        h.recorded_at := clock_timestamp();
        h.salt := uuid_send(gen_random_uuid());
        h.detail_hash := sha256(h.salt || convert_to(h.detail::text, 'UTF8'));
        h.hash := hotline.history_hash(h);
        UPDATE hotline.complaint_history k SET n = h.n, recorded_at = h.recorded_at, salt = h.salt,
            detail_hash = h.detail_hash, prev = h.prev, hash = h.hash WHERE k.id = h.id;
        before := h;
    END LOOP;
END $$;

ALTER TABLE hotline.complaint_history
    ALTER COLUMN n SET NOT NULL,
    ALTER COLUMN recorded_at SET NOT NULL,
    ALTER COLUMN detail_hash SET NOT NULL,
    ALTER COLUMN prev SET NOT NULL,
    ALTER COLUMN hash SET NOT NULL;
DROP INDEX hotline.complaint_history_complaint;
CREATE UNIQUE INDEX complaint_history_complaint ON hotline.complaint_history (complaint_id, n);
CREATE INDEX complaint_history_recorded ON hotline.complaint_history USING brin (recorded_at)
    WITH (pages_per_range = 16, autosummarize = on);
-- But for what hotline.complaints_create has made of many first rows at once: only functions of the owner
-- write here, and a row that does not fit its chain is found (hotline verify).
CREATE TRIGGER complaint_history_chain BEFORE INSERT ON hotline.complaint_history
    FOR EACH ROW WHEN (NEW.hash IS NULL) EXECUTE FUNCTION hotline.history_chain();
-- Also where a bulk load has turned ordinary triggers off.
ALTER TABLE hotline.complaint_history ENABLE ALWAYS TRIGGER complaint_history_chain;

-- Nothing is deleted and nothing changed, but for a detail whose words are taken out for good.
CREATE FUNCTION hotline.history_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.salt IS NULL AND OLD.salt IS NOT NULL
       AND to_jsonb(NEW) - 'salt' - 'detail' = to_jsonb(OLD) - 'salt' - 'detail' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER complaint_history_append_only ON hotline.complaint_history;
CREATE TRIGGER complaint_history_append_only BEFORE DELETE OR TRUNCATE
    ON hotline.complaint_history FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();
CREATE TRIGGER complaint_history_keep BEFORE UPDATE
    ON hotline.complaint_history FOR EACH ROW EXECUTE FUNCTION hotline.history_keep();

-- ---- the log of what matters for security ----

-- Log-ins, accounts, keys, looks at persons, exports, rules: never personal data of reporters, never
-- a secret. `actor` is 'user:LOGIN', 'key:NAME', 'db:ROLE' (a command), 'job'. One chain; id counts.
CREATE TABLE hotline.audit_log (
    id bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    event text NOT NULL CHECK (event ~ '^[a-z_]+[.][a-z_]+$'),
    actor text NOT NULL CHECK (actor <> ''),
    subject text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object'),
    prev bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE INDEX audit_log_at ON hotline.audit_log USING brin (at) WITH (pages_per_range = 16);
CREATE INDEX audit_log_actor ON hotline.audit_log (actor, id);
CREATE INDEX audit_log_event ON hotline.audit_log (event, id);

CREATE FUNCTION hotline.audit_hash(a hotline.audit_log) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(concat_ws(E'\n', 'hotline-audit-1', encode(a.prev, 'hex'), a.id,
        hotline.record_us(a.at), a.event, octet_length(a.actor) || ':' || a.actor,
        octet_length(a.subject) || ':' || a.subject, a.detail), 'UTF8'))
$$;

-- One writer at a time, until its transaction ends: so this is the last thing a transaction does.
CREATE FUNCTION hotline.audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last hotline.audit_log;
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock(1022, 24);
    PERFORM pg_catalog.pg_current_xact_id();
    SELECT * INTO last FROM hotline.audit_log a ORDER BY a.id DESC LIMIT 1;
    NEW.id := coalesce(last.id, 0) + 1;
    NEW.prev := coalesce(last.hash, '');
    NEW.at := greatest(clock_timestamp(), last.at);
    NEW.hash := hotline.audit_hash(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER audit_log_chain BEFORE INSERT ON hotline.audit_log
    FOR EACH ROW EXECUTE FUNCTION hotline.audit_chain();
ALTER TABLE hotline.audit_log ENABLE ALWAYS TRIGGER audit_log_chain;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.audit_log FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- Whoever writes one by hand does it last in his transaction.
CREATE FUNCTION hotline.audit(event text, actor text, subject text, detail jsonb DEFAULT '{}')
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO hotline.audit_log (event, actor, subject, detail)
    VALUES (event, actor, coalesce(subject, ''), coalesce(detail, '{}'))
$$;

-- Who acts in this transaction, where the one door of changes (hotline.perform) said so.
CREATE FUNCTION hotline.audit_actor() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('hotline.acting', true), ''), 'db:' || session_user)
$$;
CREATE FUNCTION hotline.acting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hotline.acting', NEW.client, true);
    RETURN NEW;
END $$;
CREATE TRIGGER acting BEFORE INSERT ON hotline.answered_requests
    FOR EACH ROW EXECUTE FUNCTION hotline.acting();

-- Which actions of hotline.perform are written to the log; those on complaints have their history.
CREATE TABLE hotline.audited_actions (
    action text PRIMARY KEY
);
INSERT INTO hotline.audited_actions VALUES
    ('rule_set.approve'), ('rule_set.publish'), ('rule_set.roll_back'), ('rule_set.discard');

CREATE FUNCTION hotline.audit_performed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    action text := split_part(NEW.request_hash, ' ', 1);
    made jsonb := NEW.answer -> 'answer';
BEGIN
    IF EXISTS (SELECT FROM hotline.audited_actions a WHERE a.action = split_part(NEW.request_hash, ' ', 1)) THEN
        PERFORM hotline.audit(action, NEW.client, coalesce(made ->> 'code', made ->> 'login',
                                                           made ->> 'id', ''));
    END IF;
    RETURN NULL;
END $$;
-- At the end of the transaction, so that the log's lock is the last one that is taken; as below.
CREATE CONSTRAINT TRIGGER audited AFTER UPDATE ON hotline.answered_requests
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.answer ->> 'outcome' = 'done') EXECUTE FUNCTION hotline.audit_performed();

-- Names of the columns in which two rows differ, without those that say nothing or too much often.
CREATE FUNCTION hotline.audit_changed(before jsonb, after jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_agg(key ORDER BY key), '[]') FROM jsonb_object_keys(after) key
    WHERE before -> key IS DISTINCT FROM after -> key
      AND key NOT IN ('seen_at', 'used_at', 'version')
$$;

CREATE FUNCTION hotline.audit_user() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hotline.audit('account.created', hotline.audit_actor(), 'user:' || NEW.login,
                              jsonb_build_object('role', NEW.role));
        RETURN NULL;
    END IF;
    changed := hotline.audit_changed(to_jsonb(OLD), to_jsonb(NEW));
    IF changed <> '[]' THEN
        PERFORM hotline.audit('account.changed', hotline.audit_actor(), 'user:' || NEW.login,
            jsonb_build_object('changed', changed, 'role', NEW.role, 'active', NEW.active));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR UPDATE ON hotline.users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hotline.audit_user();

CREATE FUNCTION hotline.audit_session() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    login text;
BEGIN
    SELECT 'user:' || u.login INTO login FROM hotline.users u
    WHERE u.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.user_id ELSE OLD.user_id END;
    IF TG_OP = 'INSERT' THEN
        PERFORM hotline.audit('session.opened', login, login);
    ELSIF OLD.expires_at > now() THEN
        PERFORM hotline.audit('session.ended', login, login);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR DELETE ON hotline.sessions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hotline.audit_session();

CREATE FUNCTION hotline.audit_key() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed jsonb := CASE WHEN TG_OP = 'UPDATE'
        THEN hotline.audit_changed(to_jsonb(OLD), to_jsonb(NEW)) ELSE '["created"]' END;
BEGIN
    IF changed <> '[]' THEN
        PERFORM hotline.audit(CASE WHEN TG_OP = 'INSERT' THEN 'key.created'
                WHEN NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL THEN 'key.revoked'
                ELSE 'key.changed' END,
            hotline.audit_actor(), 'key:' || NEW.name, jsonb_build_object('changed', changed));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR UPDATE ON hotline.api_keys
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hotline.audit_key();

CREATE FUNCTION hotline.audit_publication() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM hotline.audit('rules.published', NEW.published_by, 'rules:' || NEW.rule_set_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audited AFTER INSERT ON hotline.rule_publications
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hotline.audit_publication();

CREATE FUNCTION hotline.audit_setting() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.value IS DISTINCT FROM OLD.value THEN
        PERFORM hotline.audit('setting.changed', hotline.audit_actor(), NEW.key);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR UPDATE ON hotline.settings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hotline.audit_setting();

-- ---- words taken out of a history row ----

-- The detail is replaced, its salt forgotten: the old words can no longer be guessed from
-- detail_hash. The log keeps what the new detail is, so that this is no way to change a row unseen.
CREATE FUNCTION hotline.history_redact(of_row bigint, new_detail jsonb, by_actor text)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    h hotline.complaint_history;
BEGIN
    UPDATE hotline.complaint_history k SET detail = new_detail, salt = NULL
    WHERE k.id = of_row AND k.salt IS NOT NULL RETURNING * INTO h;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no row % to redact', of_row USING ERRCODE = 'no_data_found';
    END IF;
    PERFORM hotline.audit('history.redacted', by_actor, h.id::text, jsonb_build_object(
        'complaint', h.complaint_id, 'n', h.n,
        'detail_hash', encode(sha256(convert_to(new_detail::text, 'UTF8')), 'hex')));
END $$;

-- ---- seals ----

-- One a day of the city: all history rows and all rows of the log that were recorded in [from_at,
-- to_at), in order of their ids, folded: f(0) = '', f(i) = sha256(f(i-1) || row's hash). `ids` are
-- the history's. `heads_hash` folds seal_heads. prev is the seal before. To be published elsewhere:
-- whoever has a seal can show that nothing before it was changed.
CREATE TABLE hotline.record_seals (
    day date PRIMARY KEY,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL CHECK (to_at > from_at),
    history_rows bigint NOT NULL,
    history_ids int8multirange NOT NULL,
    history_fold bytea NOT NULL,
    heads_hash bytea NOT NULL,
    audit_rows bigint NOT NULL,
    audit_last bigint NOT NULL,                -- id of the log's last row by then
    audit_fold bytea NOT NULL,
    prev bytea NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER record_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.record_seals FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- How far the chain of each complaint that changed on the day had come: what names the complaint
-- whose last rows are missing. Those with one row only are left out: they have no history then.
CREATE TABLE hotline.record_heads (
    day date NOT NULL REFERENCES hotline.record_seals,
    complaint_id bigint NOT NULL,
    n integer NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (day, complaint_id)
);
CREATE TRIGGER record_heads_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.record_heads FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- The day that is to be sealed next, once nobody who began before its end still writes: as soon as
-- every transaction before `horizon` has ended.
CREATE TABLE hotline.record_sealing (
    day date PRIMARY KEY,
    horizon xid8 NOT NULL
);

CREATE FUNCTION hotline.seal_hash(s hotline.record_seals) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(concat_ws(E'\n', 'hotline-seal-1', encode(s.prev, 'hex'), s.day,
        hotline.record_us(s.from_at), hotline.record_us(s.to_at), s.history_rows, s.history_ids,
        encode(s.history_fold, 'hex'), encode(s.heads_hash, 'hex'), s.audit_rows, s.audit_last,
        encode(s.audit_fold, 'hex')), 'UTF8'))
$$;

CREATE FUNCTION hotline.seal_fold_step(f bytea, h bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(f || h)
$$;
CREATE AGGREGATE hotline.seal_fold(bytea) (
    SFUNC = hotline.seal_fold_step, STYPE = bytea, INITCOND = ''
);

CREATE FUNCTION hotline.seal_history(s hotline.record_seals) RETURNS hotline.record_seals
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT count(*), coalesce(hotline.seal_fold(hash), '') INTO s.history_rows, s.history_fold
    FROM (SELECT hash FROM hotline.complaint_history h
          WHERE h.recorded_at >= s.from_at AND h.recorded_at < s.to_at ORDER BY h.id) r;
    SELECT coalesce(range_agg(int8range(first_id, last_id, '[]')), '{}') INTO s.history_ids
    FROM (SELECT min(id) AS first_id, max(id) AS last_id
          FROM (SELECT h.id, h.id - row_number() OVER (ORDER BY h.id) AS island
                FROM hotline.complaint_history h
                WHERE h.recorded_at >= s.from_at AND h.recorded_at < s.to_at) i
          GROUP BY island) islands;
    SELECT count(*), coalesce(hotline.seal_fold(hash), '') INTO s.audit_rows, s.audit_fold
    FROM (SELECT hash FROM hotline.audit_log a
          WHERE a.at >= s.from_at AND a.at < s.to_at ORDER BY a.id) r;
    s.audit_last := coalesce((SELECT max(a.id) FROM hotline.audit_log a WHERE a.at < s.to_at), 0);
    RETURN s;
END $$;

CREATE FUNCTION hotline.seal_heads(s hotline.record_seals)
    RETURNS TABLE (complaint_id bigint, n integer, hash bytea) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (h.complaint_id) h.complaint_id, h.n, h.hash
    FROM hotline.complaint_history h
    WHERE h.recorded_at >= s.from_at AND h.recorded_at < s.to_at AND h.n > 1
    ORDER BY h.complaint_id, h.n DESC
$$;

-- Seals the next finished day, if there is one; answers it, or NULL. Takes no lock that a writer
-- waits for. `grace`: how long after midnight a day is left alone, in case clocks are set.
CREATE FUNCTION hotline.record_seal(grace interval DEFAULT '10 minutes') RETURNS date
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    zone text := coalesce((SELECT value #>> '{}' FROM hotline.settings WHERE key = 'timezone'), 'UTC');
    last hotline.record_seals;
    s hotline.record_seals;
    waits hotline.record_sealing;
    oldest xid8 := pg_snapshot_xmin(pg_current_snapshot());
BEGIN
    IF NOT pg_try_advisory_xact_lock(1022, 240) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO last FROM hotline.record_seals ORDER BY day DESC LIMIT 1;
    s.day := coalesce(last.day + 1, (SELECT hotline.city_day(min(r.at)) FROM (
        SELECT min(recorded_at) AS at FROM hotline.complaint_history
        UNION ALL SELECT min(at) FROM hotline.audit_log) r));
    s.from_at := coalesce(last.to_at, '-infinity');
    s.to_at := (s.day + 1)::timestamp AT TIME ZONE zone;
    IF s.day IS NULL OR clock_timestamp() < s.to_at + grace OR s.to_at <= s.from_at THEN
        RETURN NULL;
    END IF;
    SELECT * INTO waits FROM hotline.record_sealing;
    IF waits.day IS DISTINCT FROM s.day THEN
        DELETE FROM hotline.record_sealing;
        INSERT INTO hotline.record_sealing VALUES (s.day, pg_current_xact_id());
        RETURN NULL;
    ELSIF oldest < waits.horizon THEN
        RETURN NULL; -- somebody who may have written on that day has not committed yet
    END IF;
    IF s.from_at = '-infinity' THEN
        s.from_at := s.day::timestamp AT TIME ZONE zone;
    END IF;
    s := hotline.seal_history(s);
    s.prev := coalesce(last.hash, '');
    SELECT coalesce(hotline.seal_fold(sha256(convert_to(complaint_id || ' ' || n || ' '
                                                     || encode(hash, 'hex'), 'UTF8'))), '')
    INTO s.heads_hash FROM hotline.seal_heads(s) h;
    s.sealed_at := clock_timestamp();
    s.hash := hotline.seal_hash(s);
    INSERT INTO hotline.record_seals SELECT s.*;
    INSERT INTO hotline.record_heads SELECT s.day, h.* FROM hotline.seal_heads(s) h;
    DELETE FROM hotline.record_sealing;
    RETURN s.day;
END $$;

-- The seals as text, to be published: a line a day, oldest first.
CREATE FUNCTION hotline.seal_line(s hotline.record_seals) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s %s %s %s', s.day, s.history_rows, s.audit_rows, encode(s.hash, 'hex'))
$$;

-- ---- who may ----

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'hotline'::regnamespace
             AND (p.proname ~ '^(audit|seal_|record_|history_)' OR p.proname = 'acting') LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION hotline.audit(text, text, text, jsonb), hotline.record_seal(interval),
    hotline.seal_line(hotline.record_seals) TO hotline_service;
GRANT EXECUTE ON FUNCTION hotline.record_us(timestamptz) TO hotline_service, hotline_readonly;
GRANT SELECT ON hotline.record_seals TO hotline_service;
GRANT SELECT ON hotline.audit_log, hotline.record_seals, hotline.record_heads TO hotline_readonly;

RESET ROLE;
