-- Rules as data. The service routes by the one published set of rules, together with the
-- jurisdictions; docs/routing-rules.md tells how. A condition and an outcome are kept as the line of
-- text that stands for them in the text form: what the reviewer reads is what is stored.
SET ROLE hotline_owner;

-- A set's id is the version that a decision names.
CREATE TABLE hotline.rule_sets (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'approved', 'published', 'retired')),
    title text NOT NULL DEFAULT '',
    author text NOT NULL CHECK (author <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    based_on integer REFERENCES hotline.rule_sets
);
CREATE UNIQUE INDEX rule_sets_one_published ON hotline.rule_sets (state) WHERE state = 'published';

CREATE TABLE hotline.rules (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_set_id integer NOT NULL REFERENCES hotline.rule_sets ON DELETE CASCADE,
    code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name_vi text NOT NULL CHECK (name_vi <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    class text NOT NULL CHECK (class IN ('special', 'asset', 'ordinary', 'fallback')),
    position integer NOT NULL,                 -- the declared order
    valid daterange NOT NULL DEFAULT daterange(NULL, NULL) CHECK (NOT isempty(valid)),
    conditions text[] NOT NULL DEFAULT '{}',   -- all must hold: 'category giao-thong', ...
    outcome text NOT NULL CHECK (outcome <> ''), -- 'agency CODE', 'unit ward', 'owner ...', 'holder ...'
    partners text[] NOT NULL DEFAULT '{}',     -- outcomes too: who else acts
    deadline text CHECK (deadline ~ '^[1-9][0-9]{0,5} (hours|working days|working hours)$'),
    urgent boolean,                            -- NULL: as the category says
    author text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    UNIQUE (rule_set_id, code)
);

-- Every time that a set came into force, also when it came back. Append-only.
CREATE TABLE hotline.rule_publications (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_set_id integer NOT NULL REFERENCES hotline.rule_sets,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_by text NOT NULL CHECK (published_by <> ''),
    note text NOT NULL DEFAULT ''
);
CREATE TRIGGER rule_publications_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.rule_publications FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- Only a draft can be written to: what has decided complaints stays readable as it was.
CREATE FUNCTION hotline.rules_only_in_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_set integer := CASE WHEN TG_OP = 'DELETE' THEN OLD.rule_set_id ELSE NEW.rule_set_id END;
    its_state text := (SELECT state FROM hotline.rule_sets WHERE id = of_set);
BEGIN
    IF its_state <> 'draft' OR (TG_OP = 'UPDATE' AND OLD.rule_set_id <> NEW.rule_set_id) THEN
        RAISE EXCEPTION 'rule set % is %: only drafts are changed', of_set, its_state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER rules_only_in_drafts BEFORE INSERT OR UPDATE OR DELETE ON hotline.rules
    FOR EACH ROW EXECUTE FUNCTION hotline.rules_only_in_drafts();

-- Puts a set into force and the one before it out, in the caller's transaction. Who may do so, and
-- after what checks, is for the caller.
CREATE FUNCTION hotline.rule_set_publish(of_set integer, by_whom text, why text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE hotline.rule_sets IN SHARE ROW EXCLUSIVE MODE;
    UPDATE hotline.rule_sets SET state = 'retired' WHERE state = 'published' AND id <> of_set;
    UPDATE hotline.rule_sets SET state = 'published' WHERE id = of_set;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no rule set %', of_set USING ERRCODE = 'no_data_found';
    END IF;
    INSERT INTO hotline.rule_publications (rule_set_id, published_by, note)
    VALUES (of_set, by_whom, why);
END $$;
REVOKE ALL ON FUNCTION hotline.rule_set_publish(integer, text, text) FROM PUBLIC;

-- There is always a published set: at first an empty one, so that the jurisdictions alone decide.
INSERT INTO hotline.rule_sets (state, title, author) VALUES ('draft', 'Chưa có quy tắc', 'hotline');
SELECT hotline.rule_set_publish(id, 'hotline', '') FROM hotline.rule_sets;

-- Jurisdictions that belong together, such as the service areas of the power companies: a rule's
-- outcome 'holder SET' is whoever holds the one that covers the place.
ALTER TABLE hotline.jurisdictions ADD COLUMN set_code text NOT NULL DEFAULT ''
    CHECK (set_code ~ '^([a-z0-9][a-z0-9-]{0,63})?$');

GRANT SELECT ON hotline.rule_sets, hotline.rules, hotline.rule_publications
    TO hotline_service, hotline_readonly;

-- Drafts concern nobody but their writers; a publication concerns every running service.
CREATE TRIGGER snapshot_changed AFTER UPDATE OF state ON hotline.rule_sets
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed();

RESET ROLE;
