-- Who may see which complaints: accounts' and keys' scope, and the same decided by PostgreSQL for every
-- statement of the service, so that a bug in a handler cannot leak.
-- Why row-level security, and what it costs: docs/decisions/0017-who-asks.md
SET ROLE hotline_owner;

-- --- scope ---------------------------------------------------------------------------------------

-- People of an agency see their agency's complaints; of a desk, that desk's. Anybody may further be
-- bound to categories, with all that is below them.
ALTER TABLE hotline.users
    ADD COLUMN desk_id integer,
    ADD CONSTRAINT users_desk_agency FOREIGN KEY (desk_id, agency_id)
        REFERENCES hotline.desks (id, agency_id),
    ADD CONSTRAINT users_desk_of_agency CHECK (desk_id IS NULL OR agency_id IS NOT NULL);
CREATE TABLE hotline.user_categories (
    user_id integer NOT NULL REFERENCES hotline.users,
    category_id integer NOT NULL REFERENCES hotline.categories,
    PRIMARY KEY (user_id, category_id)
);
GRANT SELECT ON hotline.user_categories TO hotline_service;

-- What a key may do. Reading needs `read`; of one agency only where the key has one.
ALTER TABLE hotline.api_keys
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{file}'
        CHECK (scopes <@ '{file,read,calls,webhooks}' AND cardinality(scopes) > 0),
    ADD COLUMN agency_id integer REFERENCES hotline.agencies,
    ADD COLUMN made_by text,
    ADD COLUMN used_at timestamptz,
    ADD CONSTRAINT api_keys_name CHECK (length(name) <= 64);

-- What somebody sees: everything ('all'), what fits ('some': each of the others that is given), or
-- nothing ('').
CREATE TYPE hotline.scope AS (
    sees text,
    agency_id integer,
    desk_id integer,
    category_ids integer[]
);

CREATE FUNCTION hotline.category_subtrees(roots integer[]) RETURNS integer[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT k.id FROM hotline.categories k WHERE k.id = ANY (roots)
        UNION SELECT k.id FROM hotline.categories k JOIN below b ON k.parent_id = b.id
    )
    SELECT array_agg(id) FROM below
$$;

CREATE FUNCTION hotline.scope_of(asker text) RETURNS hotline.scope
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    s hotline.scope := ROW('', NULL, NULL, NULL);
    roots integer[];
    person hotline.users;
    system_key hotline.api_keys;
BEGIN
    IF asker = 'service' THEN
        s.sees := 'all';
    ELSIF asker LIKE 'user:%' THEN
        SELECT * INTO person FROM hotline.users u WHERE u.login = substr(asker, 6) AND u.active;
        SELECT array_agg(c.category_id) INTO roots FROM hotline.user_categories c
        WHERE c.user_id = person.id;
        s.agency_id := person.agency_id;
        s.desk_id := person.desk_id;
        IF roots IS NOT NULL THEN
            s.category_ids := hotline.category_subtrees(roots);
        END IF;
        s.sees := CASE WHEN person.id IS NULL THEN ''
                       WHEN num_nonnulls(s.agency_id, roots) > 0 THEN 'some'
                       ELSE 'all' END;
    ELSIF asker LIKE 'key:%' THEN
        SELECT * INTO system_key FROM hotline.api_keys k
        WHERE k.name = substr(asker, 5) AND k.revoked_at IS NULL
            AND coalesce(k.expires_at > now(), true) AND 'read' = ANY (k.scopes);
        s.agency_id := system_key.agency_id;
        s.sees := CASE WHEN system_key.id IS NULL THEN ''
                       WHEN s.agency_id IS NOT NULL THEN 'some'
                       ELSE 'all' END;
    END IF;
    RETURN s;
END $$;

CREATE FUNCTION hotline.scope_covers(s hotline.scope, agency integer, desk integer, category integer)
    RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT s.sees = 'all' OR coalesce(s.sees = 'some'
        AND (s.agency_id IS NULL OR s.agency_id = agency)
        AND (s.desk_id IS NULL OR coalesce(s.desk_id = desk, false))
        AND (s.category_ids IS NULL OR category = ANY (s.category_ids)), false)
$$;

-- --- who asks, for the length of a transaction ------------------------------------------------------

-- The service sends this before a statement, in its transaction (server/db/db_pool.c). `held` is a
-- tracking code that was named: the key to that one complaint. What is set is read by the policies
-- below. Nothing set: nothing seen.
CREATE FUNCTION hotline.enter(asker text, held text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    s hotline.scope := hotline.scope_of(asker);
BEGIN
    PERFORM set_config('hotline.asker', coalesce(asker, ''), true),
        set_config('hotline.sees', s.sees, true),
        set_config('hotline.agency', coalesce(s.agency_id::text, ''), true),
        set_config('hotline.desk', coalesce(s.desk_id::text, ''), true),
        set_config('hotline.categories', coalesce(s.category_ids::text, ''), true),
        set_config('hotline.held', coalesce(held, ''), true);
END $$;

CREATE FUNCTION hotline.asker_scope() RETURNS hotline.scope LANGUAGE sql STABLE AS $$
    SELECT ROW(coalesce(current_setting('hotline.sees', true), ''),
        nullif(current_setting('hotline.agency', true), '')::integer,
        nullif(current_setting('hotline.desk', true), '')::integer,
        nullif(current_setting('hotline.categories', true), '')::integer[])::hotline.scope
$$;

-- True for those whose such a complaint is; whoever only holds its code sees the public part.
CREATE FUNCTION hotline.asker_works_on(agency integer, desk integer, category integer)
    RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT hotline.scope_covers(hotline.asker_scope(), agency, desk, category)
$$;

-- Complaints of which who asks has a part to do, for his agency.
CREATE FUNCTION hotline.asker_tasks() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.complaint_id FROM hotline.asker_scope() AS s, hotline.complaint_tasks t,
        hotline.complaints c
    WHERE s.sees = 'some' AND s.desk_id IS NULL AND t.agency_id = s.agency_id
        AND t.status IN ('assigned', 'accepted', 'done') AND c.id = t.complaint_id
        AND (s.category_ids IS NULL OR c.category_id = ANY (s.category_ids))
$$;

-- Each part is worked out once a statement, not once a row. The comparison stands inside: the planner then
-- takes half of the rows to be seen, not none, and walks an index in order instead of sorting everything.
ALTER TABLE hotline.complaints ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_asker ON hotline.complaints FOR SELECT TO hotline_service USING (
    (SELECT current_setting('hotline.sees', true) = 'all')
    OR code = (SELECT current_setting('hotline.held', true))
    OR ((SELECT current_setting('hotline.sees', true) = 'some')
        AND (agency_id = coalesce(
                (SELECT nullif(current_setting('hotline.agency', true), '')::integer), agency_id)
             AND desk_id IS NOT DISTINCT FROM coalesce(
                (SELECT nullif(current_setting('hotline.desk', true), '')::integer), desk_id)
             AND (category_id = ANY ((SELECT nullif(current_setting('hotline.categories', true),
                                                    ''))::integer[])) IS NOT FALSE
             OR id IN (SELECT hotline.asker_tasks()))));
CREATE POLICY seen_by_readers ON hotline.complaints FOR SELECT TO hotline_readonly USING (true);

-- What belongs to a complaint is seen with it. Every table with complaint_id that the service may
-- read needs this (tests/sql/scope.sql looks); call it where the table is made.
CREATE PROCEDURE hotline.guard(of_table regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', of_table);
    EXECUTE format($policy$
        CREATE POLICY seen_by_asker ON %s TO hotline_service USING (
            (SELECT current_setting('hotline.sees', true) = 'all')
            OR EXISTS (SELECT FROM hotline.complaints c WHERE c.id = complaint_id))$policy$, of_table);
    EXECUTE format('CREATE POLICY seen_by_readers ON %s FOR SELECT TO hotline_readonly USING (true)',
                   of_table);
END $$;

DO $$
DECLARE
    of_table regclass;
BEGIN
    FOR of_table IN
        SELECT a.attrelid::regclass FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attname = 'complaint_id' AND NOT a.attisdropped AND c.relkind = 'r'
            AND c.relnamespace = 'hotline'::regnamespace
            AND has_any_column_privilege('hotline_service', c.oid, 'SELECT, INSERT, UPDATE')
    LOOP
        CALL hotline.guard(of_table);
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION hotline.scope_of(text), hotline.enter(text, text), hotline.asker_tasks()
    FROM PUBLIC;
REVOKE ALL ON PROCEDURE hotline.guard(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.enter(text, text), hotline.asker_tasks() TO hotline_service;

RESET ROLE;

-- Under row-level security an index is used only for conditions that cannot tell of a row they refuse.
-- PostGIS does not say so of &&, which compares two boxes and no more. Only a superuser may; without
-- one the service works all the same, and lists in a box look at every row of their time.
DO $$
BEGIN
    ALTER FUNCTION public.geometry_overlaps(public.geometry, public.geometry) LEAKPROOF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'geometry_overlaps could not be marked leakproof: lists in a box will be slower';
END $$;
