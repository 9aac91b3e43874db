-- What osm2pgsql takes from an OpenStreetMap extract: named streets, address points, named places.
-- city_osm.c makes the schema, runs this and moves the rows on. Written in Lua because the flex
-- output takes nothing else.
local schema = 'hotline_osm'
local layers = dofile(osm2pgsql.config_dir .. '/osm_layers.lua')

local streets = osm2pgsql.define_way_table('streets', {
    { column = 'name', type = 'text', not_null = true },
    { column = 'aliases', type = 'text' }, -- separated by line feeds
    { column = 'class', type = 'text' },
    { column = 'geom', type = 'linestring', projection = 4326, not_null = true },
}, { schema = schema })

local addresses = osm2pgsql.define_table({
    name = 'addresses', schema = schema,
    ids = { type = 'any', id_column = 'osm_id', type_column = 'osm_type' },
    columns = {
        { column = 'housenumber', type = 'text', not_null = true },
        { column = 'street', type = 'text' },
        { column = 'name', type = 'text' },
        { column = 'geom', type = 'geometry', projection = 4326, not_null = true },
    },
})

local places = osm2pgsql.define_table({
    name = 'places', schema = schema,
    ids = { type = 'any', id_column = 'osm_id', type_column = 'osm_type' },
    columns = {
        { column = 'name', type = 'text', not_null = true },
        { column = 'name_en', type = 'text' },
        { column = 'aliases', type = 'text' }, -- separated by line feeds
        { column = 'kind', type = 'text' },
        { column = 'geom', type = 'geometry', projection = 4326, not_null = true },
    },
})

-- Each also with a language behind it ("alt_name:vi"), as 'name' itself.
local alias_keys = { 'name', 'alt_name', 'old_name', 'official_name', 'short_name', 'loc_name',
    'int_name', 'ref', 'bridge:name' }
local place_keys = { 'amenity', 'shop', 'tourism', 'office', 'leisure', 'healthcare', 'historic',
    'railway', 'public_transport', 'aeroway', 'bridge', 'man_made', 'junction', 'place' }

local function alias_values(tags)
    local keys, values = {}, {}
    for key in pairs(tags) do
        for _, base in ipairs(alias_keys) do
            if key == base or key:sub(1, #base + 1) == base .. ':' then
                keys[#keys + 1] = key
            end
        end
    end
    table.sort(keys)
    for i, key in ipairs(keys) do
        values[i] = tags[key]
    end
    return values
end

local function aliases_of(tags)
    local list, seen = {}, { [tags.name] = true }
    for _, value in ipairs(alias_values(tags)) do
        for alias in string.gmatch(value, '[^;]+') do
            alias = alias:gsub('^%s+', ''):gsub('%s+$', '')
            if alias ~= '' and not seen[alias] then
                seen[alias] = true
                list[#list + 1] = alias
            end
        end
    end
    return #list > 0 and table.concat(list, '\n') or nil
end

local function kind_of(tags)
    if tags.highway == 'bus_stop' or tags.highway == 'motorway_junction'
        or tags.highway == 'traffic_signals' then
        return 'highway=' .. tags.highway
    end
    for _, key in ipairs(place_keys) do
        if tags[key] and tags[key] ~= 'no' then
            return key .. '=' .. tags[key]
        end
    end
    return nil
end

local function add_points(tags, geom)
    local number = tags['addr:housenumber']
    if number then
        addresses:insert({ housenumber = number, street = tags['addr:street'], name = tags.name,
            geom = geom })
    end
    local kind = tags.name and kind_of(tags)
    if kind then
        places:insert({ name = tags.name, name_en = tags['name:en'], aliases = aliases_of(tags),
            kind = kind, geom = geom })
    end
end

-- A kilometre post is an address on its road: "km 12" or "km 12+300".
local function add_milestone(tags, geom)
    local said = tags.distance or tags.pk or tags['railway:position'] or tags.name or tags.ref or ''
    local kilometre = said:match('%d+[.,+]?%d*')
    if kilometre then
        addresses:insert({ housenumber = 'km ' .. kilometre, geom = geom,
            street = tags['addr:street'] or tags['road:ref'] or tags.road or
                (tags.distance and tags.ref) })
    end
end

function osm2pgsql.process_node(object)
    if object.tags.highway == 'milestone' then
        add_milestone(object.tags, object:as_point())
        return
    end
    add_points(object.tags, object:as_point())
end

function osm2pgsql.process_way(object)
    local tags = object.tags
    layers.add_way(object)
    local bridge = tags['bridge:name']
    if tags.highway and bridge and bridge ~= tags.name then
        places:insert({ name = bridge, kind = 'bridge=yes', geom = object:as_linestring():centroid() })
    end
    if tags.highway and tags.name and tags.highway ~= 'bus_stop' and tags.area ~= 'yes' then
        streets:insert({ name = tags.name, aliases = aliases_of(tags), class = tags.highway,
            geom = object:as_linestring() })
    elseif tags['addr:housenumber'] or (tags.name and kind_of(tags)) then
        if object.is_closed then
            add_points(tags, object:as_polygon():centroid())
        end
    end
end

function osm2pgsql.process_relation(object)
    layers.add_relation(object)
end
