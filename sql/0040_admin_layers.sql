-- Layers, populations and what makes complaints alike, changed by administrators through the service.
-- Uploads: sql/0035_admin_maps.sql.
SET ROLE hotline_owner;

-- --- layers ----------------------------------------------------------------------------------------------

-- withdrawn_at: on no map any more; its features stay, and it can be brought back. period: when the
-- features hold that say nothing themselves. version: whoever edits names the one they saw.
ALTER TABLE hotline.layers
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawn_by text,
    ADD COLUMN period tstzrange NOT NULL DEFAULT tstzrange(NULL, NULL),
    ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE FUNCTION hotline.layer_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER next_version BEFORE UPDATE ON hotline.layers
    FOR EACH ROW EXECUTE FUNCTION hotline.layer_version();

-- A time as people and OGR write it, in the city's zone where it names none; NULL for what is none.
CREATE FUNCTION hotline.time_said(said text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    plain text := regexp_replace(btrim(said), '^(\d{4})/(\d{2})/(\d{2})', '\1-\2-\3');
    zone text := coalesce((SELECT s.value #>> '{}' FROM hotline.settings s WHERE s.key = 'timezone'),
                          'UTC');
BEGIN
    IF plain ~ '^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}([.]\d+)?)?)?$' THEN
        RETURN plain::timestamp AT TIME ZONE zone;
    ELSIF plain ~ '^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}([.]\d+)?)? ?(Z|[+-]\d{2}(:?\d{2})?)$' THEN
        RETURN plain::timestamptz;
    END IF;
    RETURN NULL;
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow THEN
    RETURN NULL;
END $$;

-- The names of routing rules in force that speak of the layer.
CREATE FUNCTION hotline.layer_rules(layer text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(DISTINCT r.code, ', ') FROM hotline.rules r
    JOIN hotline.rule_sets s ON s.id = r.rule_set_id AND s.state IN ('published', 'approved')
    WHERE layer = ANY (regexp_split_to_array(concat_ws(' ', array_to_string(r.conditions, ' '),
        r.outcome, array_to_string(r.partners, ' ')), '[^a-z0-9-]+'))
$$;

-- What of the layer's own facts cannot be so; NULL: nothing. Colours are #rrggbb.
CREATE FUNCTION hotline.layer_wrong(args jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    style jsonb := coalesce(args -> 'style', '{}');
    code text := args ->> 'code';
BEGIN
    IF code !~ '^[a-z0-9][a-z0-9-]{0,63}$' THEN
        RETURN hotline.refusal('malformed', 'code', code);
    ELSIF code IN ('heat', 'heatmap', 'complaints', 'wards', 'districts', 'jurisdictions', 'streets',
                   'places') THEN
        RETURN hotline.refusal('exists', 'code', code);
    ELSIF args ? 'group' AND NOT args ? 'group_vi' AND NOT EXISTS (SELECT FROM hotline.layer_groups g
            WHERE g.code = args ->> 'group') THEN
        RETURN hotline.refusal('unknown', 'group', args ->> 'group');
    ELSIF coalesce(args ->> 'group', 'x') !~ '^[a-z0-9][a-z0-9-]{0,63}$' THEN
        RETURN hotline.refusal('malformed', 'group', args ->> 'group');
    ELSIF EXISTS (SELECT FROM jsonb_object_keys(style) k
                  WHERE k NOT IN ('color', 'width', 'property', 'values', 'icon'))
        OR coalesce(style ->> 'color', '#000000') !~ '^#[0-9a-fA-F]{6}$'
        OR (style ? 'width' AND (jsonb_typeof(style -> 'width') <> 'number'
                                 OR (style ->> 'width')::numeric NOT BETWEEN 0.5 AND 20))
        OR (style ? 'property' AND jsonb_typeof(style -> 'property') <> 'string')
        OR (style ? 'values' AND jsonb_typeof(style -> 'values') <> 'object') THEN
        RETURN hotline.refusal('malformed', 'style', style::text);
    ELSIF EXISTS (SELECT FROM jsonb_each_text(coalesce(style -> 'values', '{}')) v
                  WHERE v.value !~ '^#[0-9a-fA-F]{6}$') THEN
        RETURN hotline.refusal('malformed', 'style', style ->> 'values');
    ELSIF args ? 'valid_from' AND args ->> 'valid_from' <> ''
        AND hotline.time_said(args ->> 'valid_from') IS NULL THEN
        RETURN hotline.refusal('malformed', 'valid_from', args ->> 'valid_from');
    ELSIF args ? 'valid_to' AND args ->> 'valid_to' <> ''
        AND hotline.time_said(args ->> 'valid_to') IS NULL THEN
        RETURN hotline.refusal('malformed', 'valid_to', args ->> 'valid_to');
    ELSIF hotline.time_said(args ->> 'valid_from') >= hotline.time_said(args ->> 'valid_to') THEN
        RETURN hotline.refusal('malformed', 'valid_to', args ->> 'valid_to');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION hotline.layer_group_put(args jsonb) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO hotline.layer_groups (code, name_vi, name_en)
    SELECT args ->> 'group', args ->> 'group_vi', coalesce(args ->> 'group_en', args ->> 'group_vi')
    WHERE args ? 'group' AND coalesce(args ->> 'group_vi', '') <> ''
    ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en
$$;

-- The uploaded features as the layer's, each with what is wrong with it.
CREATE FUNCTION hotline.layer_read(args jsonb, whole tstzrange) RETURNS TABLE (number integer,
    source_id text, name text, attributes jsonb, valid tstzrange, geom public.geometry, kind text,
    fault text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT f.number, coalesce(nullif(hotline.property_text(f.properties, args ->> 'id_column'), ''),
            f.source_id), n.name, f.properties,
        CASE WHEN t.fault IS NULL THEN tstzrange(t.begins, t.ends) END,
        CASE WHEN (args ->> 'repair')::boolean AND NOT ST_IsValid(f.geom)
             THEN ST_CollectionExtract(ST_MakeValid(f.geom),
                 CASE f.kind WHEN 'point' THEN 1 WHEN 'line' THEN 2 ELSE 3 END) ELSE f.geom END,
        f.kind, CASE WHEN f.geom IS NULL THEN f.fault
            WHEN f.fault IS NOT NULL AND NOT coalesce((args ->> 'repair')::boolean, false) THEN f.fault
            WHEN length(n.name) > 300 THEN 'a name of more than 300 letters' ELSE t.fault END
    FROM hotline.geo_upload_features f
    CROSS JOIN LATERAL (SELECT CASE WHEN coalesce(args ->> 'name_column', '') <> ''
        THEN hotline.property_text(f.properties, args ->> 'name_column')
        ELSE coalesce(nullif(hotline.property_text(f.properties, 'name'), ''),
                      hotline.property_text(f.properties, 'ten')) END AS name) n
    CROSS JOIN LATERAL (SELECT hotline.property_text(f.properties, args ->> 'from_column') AS said_from,
        hotline.property_text(f.properties, args ->> 'to_column') AS said_to) s
    CROSS JOIN LATERAL (SELECT
        CASE WHEN s.said_from = '' THEN lower(whole) ELSE hotline.time_said(s.said_from) END AS begins,
        CASE WHEN s.said_to = '' THEN upper(whole) ELSE hotline.time_said(s.said_to) END AS ends) e
    CROSS JOIN LATERAL (SELECT e.begins, e.ends, CASE
        WHEN (s.said_from <> '' AND e.begins IS NULL) OR (s.said_to <> '' AND e.ends IS NULL)
            THEN 'its validity is no time'
        WHEN e.begins >= e.ends THEN 'its validity ends before it begins' END AS fault) t
    WHERE f.upload_id = (args ->> 'upload')::integer
$$;

-- Those that are broken by number and name, twenty at most.
CREATE FUNCTION hotline.layer_faults(args jsonb, whole tstzrange) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT string_agg(format('%s (%s): %s', x.number, coalesce(nullif(x.name, ''), '?'), x.fault), '; '
            ORDER BY x.number) FILTER (WHERE x.nth <= 20)
        || CASE WHEN count(*) > 20 THEN format('; … (%s)', count(*)) ELSE '' END
    FROM (SELECT r.*, row_number() OVER (ORDER BY r.number) AS nth
          FROM hotline.layer_read(args, whole) r WHERE r.fault IS NOT NULL) x
$$;

CREATE FUNCTION hotline.layer_json(l hotline.layers) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('code', l.code, 'name', jsonb_build_object('vi', l.name_vi, 'en', l.name_en),
        'group', jsonb_build_object('code', g.code, 'vi', g.name_vi, 'en', g.name_en),
        'kind', l.kind, 'public', l.public, 'min_zoom', l.min_zoom, 'style', l.style,
        'attribution', l.attribution, 'position', l.position, 'source', l.source,
        'updated_at', l.updated_at, 'withdrawn_at', l.withdrawn_at, 'version', l.version,
        'valid_from', lower(l.period), 'valid_to', upper(l.period), 'features', f.n, 'dated', f.dated,
        'first', f.first, 'last', f.last, 'rules', coalesce(hotline.layer_rules(l.code), ''))
    FROM hotline.layer_groups g, LATERAL (SELECT count(*) AS n,
        count(*) FILTER (WHERE NOT (lower_inf(valid) AND upper_inf(valid))) AS dated,
        min(lower(valid)) AS first, max(upper(valid)) AS last
        FROM hotline.layer_features WHERE layer_id = l.id) f
    WHERE g.code = l.group_code
$$;

-- The period of the whole: what is not named stays, '' is open.
CREATE FUNCTION hotline.layer_period(args jsonb, was tstzrange) RETURNS tstzrange
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT tstzrange(
        CASE WHEN args ? 'valid_from' THEN hotline.time_said(args ->> 'valid_from') ELSE lower(was) END,
        CASE WHEN args ? 'valid_to' THEN hotline.time_said(args ->> 'valid_to') ELSE upper(was) END)
$$;

-- args: upload, code, replace, version, name_vi, name_en, group, group_vi, group_en, public, min_zoom,
-- style, attribution, position, name_column, id_column, from_column, to_column, valid_from, valid_to,
-- repair. Makes the layer, or puts the upload in the place of all that it has: whole or not at all.
CREATE FUNCTION hotline.layer_load(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    u hotline.geo_uploads;
    l hotline.layers;
    wrong jsonb := hotline.layer_wrong(args);
    whole tstzrange;
    kinds text[];
    n integer;
    taken integer;
BEGIN
    SELECT * INTO u FROM hotline.geo_uploads g WHERE g.id = (args ->> 'upload')::integer FOR UPDATE;
    SELECT * INTO l FROM hotline.layers k WHERE k.code = args ->> 'code' FOR UPDATE;
    IF wrong IS NOT NULL THEN
        RETURN wrong;
    ELSIF u.id IS NULL THEN
        RETURN hotline.refusal('unknown', 'upload', args ->> 'upload');
    ELSIF u.state <> 'ready' THEN
        RETURN hotline.refusal('wrong_state', 'upload', u.state);
    ELSIF l.id IS NOT NULL AND NOT coalesce((args ->> 'replace')::boolean, false) THEN
        RETURN hotline.refusal('exists', 'code', l.code);
    ELSIF l.id IS NOT NULL AND l.version IS DISTINCT FROM (args ->> 'version')::integer THEN
        RETURN hotline.refusal('stale', 'version', l.version::text);
    ELSIF l.id IS NULL AND coalesce((args ->> 'replace')::boolean, false) THEN
        RETURN hotline.refusal('unknown', 'code', args ->> 'code');
    ELSIF l.id IS NULL AND coalesce(args ->> 'name_vi', '') = '' THEN
        RETURN hotline.refusal('required', 'name_vi');
    END IF;
    whole := hotline.layer_period(args, coalesce(l.period, tstzrange(NULL, NULL)));
    SELECT array_agg(DISTINCT kind), count(*) INTO kinds, n FROM hotline.geo_upload_features
    WHERE upload_id = u.id;
    IF cardinality(array_remove(kinds, NULL)) IS DISTINCT FROM 1 THEN
        RETURN hotline.refusal('mixed_kinds', 'upload', array_to_string(kinds, ', '));
    END IF;
    kinds := array_remove(kinds, NULL);
    PERFORM hotline.layer_group_put(args);
    INSERT INTO hotline.layers AS k (code, name_vi, name_en, group_code, kind, public, min_zoom, style,
        attribution, position, source, period)
    VALUES (args ->> 'code', coalesce(args ->> 'name_vi', l.name_vi),
        coalesce(nullif(args ->> 'name_en', ''), l.name_en, args ->> 'name_vi'),
        coalesce(args ->> 'group', l.group_code, 'overlay'), kinds[1],
        coalesce((args ->> 'public')::boolean, l.public, true),
        coalesce((args ->> 'min_zoom')::integer, l.min_zoom, 0),
        coalesce(args -> 'style', l.style, '{}'), coalesce(args ->> 'attribution', l.attribution, ''),
        coalesce((args ->> 'position')::integer, l.position, 100), u.name, whole)
    ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en,
        group_code = excluded.group_code, kind = excluded.kind, public = excluded.public,
        min_zoom = excluded.min_zoom, style = excluded.style, attribution = excluded.attribution,
        position = excluded.position, source = excluded.source, period = excluded.period,
        updated_at = clock_timestamp(), withdrawn_at = NULL, withdrawn_by = NULL
    RETURNING * INTO l;
    DELETE FROM hotline.layer_features WHERE layer_id = l.id;
    INSERT INTO hotline.layer_features (layer_id, source, source_id, name, attributes, valid, geom)
    SELECT l.id, u.name, r.source_id, r.name, r.attributes, r.valid, r.geom
    FROM hotline.layer_read(args, whole) r WHERE r.fault IS NULL ORDER BY r.number;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken < n THEN
        RAISE EXCEPTION 'broken features' USING ERRCODE = 'HT002'; -- takes all of it back
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.layer_json(l));
EXCEPTION WHEN SQLSTATE 'HT002' THEN
    RETURN hotline.refusal('broken', 'upload', hotline.layer_faults(args, whole));
END $$;

-- args: code, version and what is to change. A new period is that of the features that had the old one.
CREATE FUNCTION hotline.layer_edit(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    l hotline.layers;
    was tstzrange;
    wrong jsonb := hotline.layer_wrong(args);
BEGIN
    SELECT * INTO l FROM hotline.layers k WHERE k.code = args ->> 'code' FOR UPDATE;
    IF l.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF wrong IS NOT NULL THEN
        RETURN wrong;
    ELSIF l.version <> (args ->> 'version')::integer THEN
        RETURN hotline.refusal('stale', 'version', l.version::text);
    END IF;
    was := l.period;
    PERFORM hotline.layer_group_put(args);
    UPDATE hotline.layers k SET name_vi = coalesce(args ->> 'name_vi', k.name_vi),
        name_en = coalesce(nullif(args ->> 'name_en', ''), k.name_en),
        group_code = coalesce(args ->> 'group', k.group_code),
        public = coalesce((args ->> 'public')::boolean, k.public),
        min_zoom = coalesce((args ->> 'min_zoom')::integer, k.min_zoom),
        style = coalesce(args -> 'style', k.style),
        attribution = coalesce(args ->> 'attribution', k.attribution),
        position = coalesce((args ->> 'position')::integer, k.position),
        period = hotline.layer_period(args, k.period), updated_at = clock_timestamp()
    WHERE k.id = l.id RETURNING * INTO l;
    IF l.period <> was THEN
        UPDATE hotline.layer_features f SET valid = l.period WHERE f.layer_id = l.id AND f.valid = was;
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.layer_json(l));
EXCEPTION WHEN data_exception THEN
    RETURN hotline.refusal('malformed', 'valid_to', args ->> 'valid_to');
END $$;

-- args: code, version. Refused while rules in force ask how far its features are.
CREATE FUNCTION hotline.layer_withdraw(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    l hotline.layers;
BEGIN
    SELECT * INTO l FROM hotline.layers k WHERE k.code = args ->> 'code' FOR UPDATE;
    IF l.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF l.version <> (args ->> 'version')::integer THEN
        RETURN hotline.refusal('stale', 'version', l.version::text);
    ELSIF l.withdrawn_at IS NOT NULL THEN
        RETURN hotline.refusal('wrong_state', 'code', 'withdrawn');
    ELSIF hotline.layer_rules(l.code) IS NOT NULL THEN
        RETURN hotline.refusal('rules_need_it', 'code', hotline.layer_rules(l.code));
    END IF;
    UPDATE hotline.layers k SET withdrawn_at = clock_timestamp(), withdrawn_by = who.actor
    WHERE k.id = l.id RETURNING * INTO l;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.layer_json(l));
END $$;

CREATE FUNCTION hotline.layer_restore(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    l hotline.layers;
BEGIN
    SELECT * INTO l FROM hotline.layers k WHERE k.code = args ->> 'code' FOR UPDATE;
    IF l.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF l.version <> (args ->> 'version')::integer THEN
        RETURN hotline.refusal('stale', 'version', l.version::text);
    ELSIF l.withdrawn_at IS NULL THEN
        RETURN hotline.refusal('wrong_state', 'code', 'in use');
    END IF;
    UPDATE hotline.layers k SET withdrawn_at = NULL, withdrawn_by = NULL
    WHERE k.id = l.id RETURNING * INTO l;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.layer_json(l));
END $$;

CREATE FUNCTION hotline.layers_json() RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('layers', (SELECT coalesce(jsonb_agg(hotline.layer_json(l)
            ORDER BY g.position, g.code, l.position, l.code), '[]')
            FROM hotline.layers l JOIN hotline.layer_groups g ON g.code = l.group_code),
        'groups', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', g.code, 'vi', g.name_vi,
            'en', g.name_en) ORDER BY g.position, g.code), '[]') FROM hotline.layer_groups g))
$$;

-- --- populations -----------------------------------------------------------------------------------------

-- Units in force on a day with the newest figure for each, and how large they are.
CREATE FUNCTION hotline.populations_json(day date) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('day', day, 'units', coalesce(jsonb_agg(jsonb_build_object(
        'level', b.level, 'code', b.code, 'name', b.name, 'residents', p.residents,
        'on_day', p.on_day, 'approximate', p.approximate, 'source', p.source,
        'area_km2', round(m.area_km2::numeric, 3), 'road_km', round(m.road_km::numeric, 2),
        'figures', (SELECT count(*) FROM hotline.populations o
                    WHERE o.level = b.level AND o.code = b.code)) ORDER BY b.level DESC, b.code), '[]'))
    FROM hotline.boundaries b
    LEFT JOIN LATERAL (SELECT * FROM hotline.populations o WHERE o.level = b.level AND o.code = b.code
        ORDER BY o.on_day DESC LIMIT 1) p ON true
    LEFT JOIN hotline.unit_measures m ON m.boundary_id = b.id
    WHERE b.valid @> day
$$;

-- args: source, units: [{level, code, on_day, residents, approximate}]. Residents null: the figure of
-- that day goes. All or none.
CREATE FUNCTION hotline.population_set(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
    n integer;
BEGIN
    SELECT min(format('%s %s', x ->> 'level', x ->> 'code')) INTO wrong
    FROM jsonb_array_elements(args -> 'units') x
    WHERE jsonb_typeof(x) <> 'object' OR NOT EXISTS (SELECT FROM hotline.boundaries b
        WHERE b.level = x ->> 'level' AND b.code = x ->> 'code');
    IF wrong IS NOT NULL THEN
        RETURN hotline.refusal('unknown', 'units', wrong);
    END IF;
    SELECT min(x ->> 'code') INTO wrong FROM jsonb_array_elements(args -> 'units') x
    WHERE coalesce(x ->> 'residents', '0') !~ '^\d{1,9}$'
        OR coalesce(x ->> 'on_day', '') !~ '^\d{4}-\d{2}-\d{2}$';
    IF wrong IS NOT NULL THEN
        RETURN hotline.refusal('malformed', 'units', wrong);
    END IF;
    DELETE FROM hotline.populations p USING jsonb_array_elements(args -> 'units') x
    WHERE p.level = x ->> 'level' AND p.code = x ->> 'code'
        AND (p.on_day = (x ->> 'on_day')::date OR p.source = 'estimate');
    INSERT INTO hotline.populations (level, code, on_day, residents, approximate, source)
    SELECT DISTINCT ON (1, 2, 3) x ->> 'level', x ->> 'code', (x ->> 'on_day')::date,
        (x ->> 'residents')::bigint, coalesce((x ->> 'approximate')::boolean, false),
        args ->> 'source'
    FROM jsonb_array_elements(args -> 'units') x WHERE x ->> 'residents' IS NOT NULL;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('set', n,
        'removed', jsonb_array_length(args -> 'units') - n));
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow OR invalid_text_representation THEN
    RETURN hotline.refusal('malformed', 'units', SQLERRM);
END $$;

-- --- what makes two complaints alike -----------------------------------------------------------------------

CREATE FUNCTION hotline.duplicate_settings_json() RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'version', md5(concat((SELECT string_agg(t::text, ',' ORDER BY t.category)
                               FROM hotline.duplicate_terms t),
                              (SELECT string_agg(p::text, ',' ORDER BY p.category, p.other)
                               FROM hotline.duplicate_pairs p),
                              (SELECT s.value::text FROM hotline.settings s WHERE s.key = 'incidents'))),
        'terms', (SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.category), '[]')
                  FROM hotline.duplicate_terms t),
        'pairs', (SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p.category, p.other), '[]')
                  FROM hotline.duplicate_pairs p),
        'incidents', (SELECT s.value FROM hotline.settings s WHERE s.key = 'incidents'))
$$;

-- args: version, terms: [{category, half_life_hours, extent_m}] (both null: the row goes), pairs:
-- [{category, other, affinity}] (null: it goes), incidents: {...} (only keys that are there).
CREATE FUNCTION hotline.duplicate_settings_set(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was jsonb := hotline.duplicate_settings_json();
    wrong text;
BEGIN
    LOCK TABLE hotline.duplicate_terms, hotline.duplicate_pairs IN SHARE ROW EXCLUSIVE MODE;
    IF was ->> 'version' <> args ->> 'version' THEN
        RETURN hotline.refusal('stale', 'version', was ->> 'version');
    END IF;
    SELECT min(c) INTO wrong FROM (
        SELECT x ->> 'category' AS c FROM jsonb_array_elements(coalesce(args -> 'terms', '[]')) x
        UNION ALL SELECT unnest(ARRAY[x ->> 'category', x ->> 'other'])
        FROM jsonb_array_elements(coalesce(args -> 'pairs', '[]')) x) said
    WHERE c IS NULL OR NOT EXISTS (SELECT FROM hotline.categories k WHERE k.code = c);
    IF wrong IS NOT NULL THEN
        RETURN hotline.refusal('unknown', 'category', wrong);
    END IF;
    SELECT min(k) INTO wrong FROM jsonb_each(coalesce(args -> 'incidents', '{}')) x (k, v)
    WHERE NOT (was -> 'incidents') ? k OR jsonb_typeof(v) <> 'number' OR (v #>> '{}')::numeric < 0;
    IF wrong IS NOT NULL THEN
        RETURN hotline.refusal('malformed', 'incidents', wrong);
    END IF;
    DELETE FROM hotline.duplicate_terms t USING jsonb_array_elements(coalesce(args -> 'terms', '[]')) x
    WHERE t.category = x ->> 'category';
    INSERT INTO hotline.duplicate_terms (category, half_life_hours, extent_m)
    SELECT x ->> 'category', (x ->> 'half_life_hours')::real, (x ->> 'extent_m')::real
    FROM jsonb_array_elements(coalesce(args -> 'terms', '[]')) x
    WHERE num_nonnulls(x ->> 'half_life_hours', x ->> 'extent_m') > 0;
    DELETE FROM hotline.duplicate_pairs p USING jsonb_array_elements(coalesce(args -> 'pairs', '[]')) x
    WHERE p.category = least(x ->> 'category', x ->> 'other')
        AND p.other = greatest(x ->> 'category', x ->> 'other');
    INSERT INTO hotline.duplicate_pairs (category, other, affinity)
    SELECT least(x ->> 'category', x ->> 'other'), greatest(x ->> 'category', x ->> 'other'),
        (x ->> 'affinity')::real
    FROM jsonb_array_elements(coalesce(args -> 'pairs', '[]')) x WHERE x ->> 'affinity' IS NOT NULL;
    IF coalesce(args -> 'incidents', '{}') <> '{}' THEN
        UPDATE hotline.settings SET value = value || (args -> 'incidents') WHERE key = 'incidents';
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.duplicate_settings_json());
EXCEPTION WHEN check_violation OR invalid_text_representation OR numeric_value_out_of_range
    OR unique_violation THEN
    RETURN hotline.refusal('malformed', 'terms', SQLERRM);
END $$;

-- --- who holds what ------------------------------------------------------------------------------------------

-- Jurisdictions in force on a day, of one category or of all, with what two of the same class and
-- category share, and what of the city none of them covers. `at`: only those that hold there (NULL:
-- all).
CREATE FUNCTION hotline.jurisdictions_json(day date, of_category text, at public.geometry)
    RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE up AS (
        SELECT id, parent_id FROM hotline.categories WHERE code = of_category
        UNION SELECT c.id, c.parent_id FROM hotline.categories c JOIN up ON c.id = up.parent_id
    ), held AS MATERIALIZED (
        SELECT j.id, j.code, j.name, j.class, j.reach, a.code AS agency, a.name AS agency_name,
            coalesce(j.geom, b.geom) AS geom, b.code AS unit,
            (SELECT coalesce(jsonb_agg(c.code ORDER BY c.code), '[]')
             FROM hotline.jurisdiction_categories k JOIN hotline.categories c ON c.id = k.category_id
             WHERE k.jurisdiction_id = j.id) AS categories
        FROM hotline.jurisdictions j JOIN hotline.agencies a ON a.id = j.agency_id
        LEFT JOIN hotline.boundaries b ON b.id = j.boundary_id
        WHERE j.valid @> day AND (of_category = '' OR EXISTS (SELECT FROM up
            JOIN hotline.jurisdiction_categories k ON k.category_id = up.id
            AND k.jurisdiction_id = j.id) OR NOT EXISTS (SELECT FROM
            hotline.jurisdiction_categories k WHERE k.jurisdiction_id = j.id))
    ), shared AS (
        SELECT x.code, y.code AS other, s.area FROM held x JOIN held y ON x.id < y.id
            AND x.class = y.class AND x.agency <> y.agency AND x.geom && y.geom
        CROSS JOIN LATERAL (SELECT ST_Area(ST_Intersection(x.geom, y.geom)::geography) AS area) s
        WHERE of_category <> '' AND s.area >= 100
    ), city AS (
        SELECT ST_Union(geom) AS geom FROM hotline.boundaries
        WHERE of_category <> '' AND level = 'ward' AND valid @> day
    ), gap AS (
        SELECT d.geom, ST_Area(d.geom::geography) AS area FROM city, LATERAL (SELECT (ST_Dump(
            ST_CollectionExtract(ST_Difference(city.geom, coalesce((SELECT ST_Union(geom) FROM held
            WHERE geom IS NOT NULL), 'SRID=4326;POLYGON EMPTY'::geometry)), 3))).geom) d
        WHERE NOT EXISTS (SELECT FROM held WHERE reach = 'city')
    )
    SELECT jsonb_build_object('day', day, 'category', of_category,
        'jurisdictions', (SELECT coalesce(jsonb_agg(to_jsonb(h) - '{id,geom}'::text[] ||
            jsonb_build_object('area_km2', round((ST_Area(h.geom::geography) / 1e6)::numeric, 3),
                'shape', CASE WHEN of_category <> '' THEN ST_AsGeoJSON(
                    ST_SimplifyPreserveTopology(h.geom, 0.0004), 5)::jsonb END)
            ORDER BY h.class, h.code), '[]') FROM held h
            WHERE at IS NULL OR h.geom IS NULL OR ST_Intersects(h.geom, at)),
        'overlaps', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', o.code, 'other', o.other,
            'area_m2', round(o.area)) ORDER BY o.area DESC), '[]') FROM shared o),
        'gaps', (SELECT coalesce(jsonb_agg(jsonb_build_object('area_m2', round(x.area), 'lon',
            round(ST_X(x.at)::numeric, 6), 'lat', round(ST_Y(x.at)::numeric, 6))
            ORDER BY x.area DESC), '[]') FROM (SELECT area, ST_PointOnSurface(geom) AS at
            FROM gap WHERE area >= 100 ORDER BY area DESC LIMIT 100) x))
$$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('layer.load', 'layer_load', '{administrator}'),
    ('layer.edit', 'layer_edit', '{administrator}'),
    ('layer.withdraw', 'layer_withdraw', '{administrator}'),
    ('layer.restore', 'layer_restore', '{administrator}'),
    ('population.set', 'population_set', '{administrator}'),
    ('duplicates.set', 'duplicate_settings_set', '{administrator}');
INSERT INTO hotline.audited_actions VALUES
    ('layer.load'), ('layer.edit'), ('layer.withdraw'), ('layer.restore'), ('population.set'),
    ('duplicates.set');

REVOKE ALL ON FUNCTION hotline.layer_load(hotline.actor, jsonb), hotline.layer_edit(hotline.actor, jsonb),
    hotline.layer_withdraw(hotline.actor, jsonb), hotline.layer_restore(hotline.actor, jsonb),
    hotline.population_set(hotline.actor, jsonb),
    hotline.duplicate_settings_set(hotline.actor, jsonb) FROM PUBLIC;

RESET ROLE;
