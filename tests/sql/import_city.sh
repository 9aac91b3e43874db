#!/bin/bash
# `hotline import` from end to end on a small city: what is loaded, what is refused and how that is
# told, what a second load changes, and that all or nothing means it. Tells "ok" or "not ok" lines.
# PGHOST, PGPORT and PGUSER say which cluster; HOTLINE which program.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd -P)
hotline=${HOTLINE:-$root/build/asan/hotline}
name=hotline_import_$$
work=$(mktemp -d)
finish() {
    psql -XqAt postgres -c "DROP DATABASE IF EXISTS $name WITH (FORCE)"
    rm -rf "$work"
}
trap finish EXIT
check() { # WHAT COMMAND...
    local what=$1
    shift
    if "$@" >"$work/checked" 2>&1; then echo "ok $what"; else echo "not ok $what"; cat "$work/said" "$work/checked"; fi
}
hot() { "$hotline" "$@" >"$work/said" 2>&1; }
fails() { ! hot "$@"; }
said() { grep -qF -- "$1" "$work/said"; }
ask() { psql -XqAt "$name" -c "$1"; }
is() { # SQL VALUE
    local got
    got=$(ask "SELECT $1")
    [ "$got" = "$2" ] || { echo "$1: got $got, expected $2"; return 1; }
}

psql -XqAt postgres -c "CREATE DATABASE $name"
export HOTLINE_DATABASE=postgresql:///$name
cd "$work" || exit 1
hot migrate || { cat said; echo "not ok migrate"; exit 1; }

mkdir city
square() { # CODE NAME WEST EAST
    printf '{"type":"Feature","properties":{"code":"%s","name":"%s"},"geometry":{"type":"Polygon",' "$1" "$2"
    printf '"coordinates":[[[%s,0],[%s,0],[%s,1],[%s,1],[%s,0]]]}}' "$3" "$4" "$4" "$3" "$3"
}
collection() { printf '{"type":"FeatureCollection","features":[%s]}' "$(IFS=, && echo "$*")"; }
collection "$(square W West 0 1)" "$(square E East 1 2)" >city/districts.geojson
cat >city/records.csv <<'CSV'
number,opened,shut,kind,words,x,y,noted
1,2024-03-01 08:00:00,2024-03-02 09:00:00,Street Noise,loud,0.5,0.5,W
2,2024-03-01 08:00:00,,Street Noise,,1.5,0.5,W
3,2024-03-01 08:00:00,2024-02-01 00:00:00,"Pothole, deep","a ""quoted"" word",1,0.5,E
4,2024-03-01 08:00:00,,Street Noise,nowhere,,,W
5,yesterday,,Street Noise,no time,0.5,0.5,W
6,2024-03-01 08:00:00,,,no kind,0.5,0.5,W
7,2024-03-01 08:00:00,,Street Noise,swapped,0.5,95,W
8,2024-03-01 08:00:00,,Street Noise,outside,50,50,nobody
9,2024-03-01 08:00:00,,Street Noise,too few
CSV
gzip city/records.csv
cat >city/city.json <<'JSON'
{"name": {"vi": "Thành phố thử", "en": "Test city"}, "timezone": "America/New_York",
 "bbox": [0, 0, 2, 1],
 "boundaries": [{"file": "districts.geojson", "level": "district", "valid_from": "2000-01-01",
                 "code": "code", "name": "name"}],
 "complaints": [{"file": "records.csv.gz", "id": "number", "received_at": "opened",
                 "closed_at": "shut", "category": "kind", "description": "words",
                 "lon": "x", "lat": "y", "recorded": {"district": "noted"}}]}
JSON

check 'an empty database says so' hot city --is-empty
check 'the folder loads' hot import city city
check 'every record is accounted for' said 'records.csv.gz: 9 complaints: 5 loaded, 4 refused'
check 'a bad time is told with its line' said 'records.csv.gz:6: refused: no time of receipt'
check 'a missing category is told' said 'records.csv.gz:7: refused: no category'
check 'swapped coordinates are told' said 'records.csv.gz:8: refused: no longitude and latitude'
check 'a short record is told' said 'line 10'
# Record 3 lies on the common border, so the smaller code has it, which the city noted as well.
check 'agreement with what was noted' said '3 have a recorded unit and a place to compare, 2 agree'
check 'it is not empty any more' fails city --is-empty
check 'no unfinished mark is left' is "count(*) FROM hotline.settings WHERE key = 'city_unfinished'" 0
check 'categories are those of the records' is "string_agg(code || '=' || name_en, ';' ORDER BY code)
    FROM hotline.categories" 'pothole-deep=Pothole, deep;street-noise=Street Noise'
check 'one agency a unit, and the fallback' is "string_agg(code, ' ' ORDER BY code)
    FROM hotline.agencies" 'city district-e district-w'
check 'routed by place' is "string_agg(source_id || ':' || a.code, ' ' ORDER BY source_id)
    FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id" \
    '1:district-w 2:district-e 3:district-e 4:city 8:city'
check 'local times are the city'\''s' is "received_at = '2024-03-01T13:00:00Z'
    FROM hotline.complaints WHERE source_id = '1'" t
check 'without a place it is kept' is "geom IS NULL AND flags @> '{unplaced}'
    FROM hotline.complaints WHERE source_id = '4'" t
check 'outside the city it is kept' is "flags @> '{outside_city}'
    FROM hotline.complaints WHERE source_id = '8'" t
check 'without words the category speaks' is "description
    FROM hotline.complaints WHERE source_id = '2'" 'Street Noise'
check 'closed before it came is closed at once' is "closed_at = received_at AND status = 'closed'
    FROM hotline.complaints WHERE source_id = '3'" t
check 'codes differ and have nine characters' is "count(DISTINCT code) || ' ' || min(length(code))
    FROM hotline.complaints" '5 9'
check 'each has a history row' is "count(*) FROM hotline.complaint_history
    WHERE actor = 'import:records.csv.gz'" 5

ids=$(ask "SELECT string_agg(id || code, ' ' ORDER BY id) FROM hotline.boundaries")
check 'the folder loads again' hot import city city
check 'no record is doubled' said '0 loaded, 5 there before'
check 'nor a boundary' is "string_agg(id || code, ' ' ORDER BY id) FROM hotline.boundaries" "$ids"

# Boundaries: all or nothing.
collection "$(square N North 3 4)" "$(square N Again 4 5)" >wards.geojson
boundaries=(import boundaries wards.geojson --level ward --from 2024-01-01 --code code --name name)
check 'a code used twice is refused' fails "${boundaries[@]}"
check 'by its name' said 'feature 2, Again'
check 'and nothing is loaded' is "count(*) FROM hotline.boundaries WHERE level = 'ward'" 0
check 'unless the good are kept' hot "${boundaries[@]}" --keep-good
check 'then one is' is "string_agg(name, ',') FROM hotline.boundaries WHERE level = 'ward'" North
collection '{"type":"Feature","properties":{"code":"B","name":"Bow"},"geometry":{"type":"Polygon","coordinates":[[[2,0],[3,1],[3,0],[2,1],[2,0]]]}}' >wards.geojson
check 'a broken outline is refused' fails "${boundaries[@]}"
check 'with the reason' said 'Self-intersection'
collection "$(square S South 5 6)" >wards.geojson
check 'a file of the same name takes the place' hot "${boundaries[@]}"
check 'of what it brought' is "string_agg(name, ',') FROM hotline.boundaries WHERE level = 'ward'" South
collection "$(square W West 0 1)" >districts.geojson
check 'a unit in use cannot go' fails import boundaries districts.geojson --level district \
    --from 2000-01-01 --code code --name name
check 'and it is said why' said 'still referred to'

# Complaints by our own columns: one transaction, or each for itself.
printf 'id,received_at,category,lon,lat,channel\na,2024-05-01,street-noise,0.5,0.5,Phone\nb,2024-05-01,no-such,0.5,0.5,web\n' >more.csv
check 'an unknown category is refused' fails import complaints more.csv
check 'with its line' said 'more.csv:3: refused: no such category: no-such'
check 'and nothing is stored' is "count(*) FROM hotline.complaints WHERE source = 'more.csv'" 0
check 'unless the good are kept' hot import complaints more.csv --keep-good
check 'the channel is one of ours' is "string_agg(channel, ',')
    FROM hotline.complaints WHERE source = 'more.csv'" phone

# A record that only the database refuses is found in its batch, and keeps no other out.
ask "ALTER TABLE hotline.complaints ADD CONSTRAINT for_test CHECK (source_id <> 'p150')" >said
{ echo id,received_at,category,lon,lat && seq -f 'p%.0f,2024-05-01,street-noise,0.5,0.5' 300; } >many.csv
check 'all or nothing though one is bad' fails import complaints many.csv
check 'the bad one is named' said 'many.csv:151: refused: database: new row'
check 'and alone' said '300 complaints: 0 loaded, 1 refused'
check 'without the others' is "count(*) FROM hotline.complaints WHERE source = 'many.csv'" 0
check 'the others by themselves' hot import complaints many.csv --keep-good
check 'but for the bad one' said '300 complaints: 299 loaded, 1 refused'
check 'are stored' is "count(*) FROM hotline.complaints WHERE source = 'many.csv'" 299
printf 'id,received_at,category\nf,9998-01-01,street-noise\n' >future.csv
check 'a record of the future is refused' fails import complaints future.csv
check 'with the reason' said 'future.csv:2: refused: the time of receipt lies in the future'

# Agencies: an unknown category, a unit that is none.
printf 'code,name,reach,categories\nnew,New,city,street-noise|nothing\n' >agencies.csv
check 'an agency for nothing is refused' fails import agencies agencies.csv
check 'with what is unknown' said 'no such category: nothing'
printf 'code,name,reach,unit\nnew,New,district,X\n' >agencies.csv
check 'an agency of no unit is refused' fails import agencies agencies.csv
check 'and nothing of it stays' is "count(*) FROM hotline.agencies WHERE code = 'new'" 0

# The gazetteer: a file of the same name takes the place of what it brought; names are needed.
printf 'name,kind,lon,lat\nChợ Bến Thành,amenity=marketplace,0.5,0.5\n,shop=yes,0.5,0.5\n' >pois.csv
check 'places load' hot import pois pois.csv
check 'those without a name are counted' said '1 loaded, 1 skipped (without a name), 0 refused'
check 'again' hot import pois pois.csv
check 'once' is "count(*) FROM hotline.gazetteer_places" 1

# Accounts and keys.
export_password() { printf '%s\n' "$1" | "$hotline" user add --login an --name 'An' --role operator >said 2>&1; }
short() { ! export_password short; }
check 'a short password is refused' short
check 'a good one is taken' export_password 'mật khẩu dài đủ'
check 'as an argon2id hash' is "password_hash LIKE '\$argon2id\$v=19\$m=19456,t=2,p=1\$%'
    FROM hotline.users WHERE login = 'an'" t
taken() { ! export_password 'mật khẩu dài đủ' && grep -qF 'an: exists: login an' said; }
check 'a login that is taken is told' taken
key=$("$hotline" key add dashboard 2>said)
check 'a key is stored as its hash' is "key_hash = sha256('$key') FROM hotline.api_keys
    WHERE name = 'dashboard'" t
check 'and can be revoked' hot key revoke dashboard
check 'once' fails key revoke dashboard

check 'the check finds no fault' hot check
check 'and notes what overlaps or lacks' said '0 faults'
ask "UPDATE hotline.agencies SET valid = '[2000-01-01,2024-01-01)' WHERE code = 'district-e'" >said
check 'an agency that ends too soon is a fault' fails check
check 'which is named' said 'FAULT: jurisdiction without its agency: district-e'
