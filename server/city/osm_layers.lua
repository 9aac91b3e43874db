-- What the map and the routing rules take from an OpenStreetMap extract: every road that a vehicle
-- may use, named or not; rivers and canals; water and green areas. Called by osm.lua.
local schema = 'hotline_osm'

local roads = osm2pgsql.define_way_table('layer_roads', {
    { column = 'class', type = 'text', not_null = true },
    { column = 'name', type = 'text' },
    { column = 'ref', type = 'text' },
    { column = 'geom', type = 'linestring', projection = 4326, not_null = true },
}, { schema = schema })

local waterways = osm2pgsql.define_way_table('layer_waterways', {
    { column = 'kind', type = 'text', not_null = true },
    { column = 'name', type = 'text' },
    { column = 'geom', type = 'linestring', projection = 4326, not_null = true },
}, { schema = schema })

local areas = osm2pgsql.define_table({
    name = 'layer_areas', schema = schema,
    ids = { type = 'any', id_column = 'osm_id', type_column = 'osm_type' },
    columns = {
        { column = 'layer', type = 'text', not_null = true },
        { column = 'kind', type = 'text' },
        { column = 'name', type = 'text' },
        { column = 'geom', type = 'geometry', projection = 4326, not_null = true },
    },
})

local function set(list)
    local found = {}
    for _, word in ipairs(list) do
        found[word] = true
    end
    return found
end

local road_classes = set({ 'motorway', 'motorway_link', 'trunk', 'trunk_link', 'primary',
    'primary_link', 'secondary', 'secondary_link', 'tertiary', 'tertiary_link', 'unclassified',
    'residential', 'living_street', 'pedestrian', 'service', 'track', 'road' })
local waterway_kinds = set({ 'river', 'canal', 'stream', 'drain', 'ditch' })
local water_landuse = set({ 'reservoir', 'basin' })
local green_leisure = set({ 'park', 'garden', 'nature_reserve', 'golf_course', 'playground',
    'pitch', 'common' })
local green_landuse = set({ 'forest', 'grass', 'recreation_ground', 'village_green', 'cemetery',
    'orchard', 'meadow' })
local green_natural = set({ 'wood', 'wetland', 'scrub', 'grassland', 'heath' })

-- The layer that an area belongs to, and what kind of it it is.
local function area_of(tags)
    if tags.natural == 'water' or tags.waterway == 'riverbank' or tags.waterway == 'dock' then
        return 'water', tags.water or tags.waterway or 'water'
    elseif water_landuse[tags.landuse] then
        return 'water', tags.landuse
    elseif green_leisure[tags.leisure] then
        return 'greens', tags.leisure
    elseif green_landuse[tags.landuse] then
        return 'greens', tags.landuse
    elseif green_natural[tags.natural] then
        return 'greens', tags.natural
    end
    return nil
end

local function add_area(tags, geom)
    local layer, kind = area_of(tags)
    if layer then
        areas:insert({ layer = layer, kind = kind, name = tags.name, geom = geom })
    end
end

local function add_way(object)
    local tags = object.tags
    if road_classes[tags.highway] and tags.area ~= 'yes' then
        roads:insert({ class = tags.highway, name = tags.name, ref = tags.ref,
            geom = object:as_linestring() })
    elseif waterway_kinds[tags.waterway] then
        waterways:insert({ kind = tags.waterway == 'ditch' and 'drain' or tags.waterway,
            name = tags.name, geom = object:as_linestring() })
    elseif object.is_closed then
        add_area(tags, object:as_polygon())
    end
end

local function add_relation(object)
    if object.tags.type == 'multipolygon' then
        add_area(object.tags, object:as_multipolygon())
    end
end

return { add_way = add_way, add_relation = add_relation }
