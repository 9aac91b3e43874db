-- What the agency's console asks for besides complaints.
SET ROLE hotline_owner;

-- Who can be given work: the active people of the asker's own agency, or of the one that somebody of
-- the hotline names. Names and log-ins only.
CREATE FUNCTION hotline.colleagues(asked text, wanted text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('people', coalesce(jsonb_agg(
        jsonb_build_object('login', u.login, 'name', u.name) ORDER BY u.name, u.login), '[]'))
    FROM hotline.actor_of(asked) who, hotline.users u JOIN hotline.agencies a ON a.id = u.agency_id
    WHERE u.active AND a.code = CASE
        WHEN who.role IN ('agency_staff', 'agency_head') THEN who.agency_code
        WHEN who.role IN ('operator', 'supervisor') THEN wanted END
$$;
REVOKE ALL ON FUNCTION hotline.colleagues(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.colleagues(text, text) TO hotline_service;

RESET ROLE;
