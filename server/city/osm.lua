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
        { column = 'kind', type = 'text' },
        { column = 'geom', type = 'geometry', projection = 4326, not_null = true },
    },
})

local alias_keys = { 'name:vi', 'name:en', 'alt_name', 'old_name', 'official_name', 'short_name',
    'loc_name', 'int_name', 'ref' }
local place_keys = { 'amenity', 'shop', 'tourism', 'office', 'leisure', 'healthcare', 'historic',
    'railway', 'public_transport', 'aeroway', 'bridge', 'man_made', 'place' }

local function aliases_of(tags)
    local list, seen = {}, { [tags.name] = true }
    for _, key in ipairs(alias_keys) do
        for alias in string.gmatch(tags[key] or '', '[^;]+') do
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
    if tags.highway == 'bus_stop' then
        return 'highway=bus_stop'
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
        places:insert({ name = tags.name, name_en = tags['name:en'], kind = kind, geom = geom })
    end
end

function osm2pgsql.process_node(object)
    add_points(object.tags, object:as_point())
end

function osm2pgsql.process_way(object)
    local tags = object.tags
    layers.add_way(object)
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
