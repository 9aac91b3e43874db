#!/bin/bash
# Several `hotline migrate` at once on one empty database: each migration is applied once, every run
# ends well; again, nothing is done; a file that changed after it was applied is refused; one that
# fails leaves nothing behind. Tells one "ok" or "not ok" line for each. PGHOST, PGPORT and PGUSER
# say which cluster; HOTLINE which program.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd -P)
hotline=${HOTLINE:-$root/build/asan/hotline}
name=hotline_at_once_$$
work=$(mktemp -d)
finish() {
    psql -XqAt postgres -c "DROP DATABASE IF EXISTS $name WITH (FORCE)"
    rm -rf "$work"
}
trap finish EXIT
check() { # WHAT COMMAND...
    local what=$1
    shift
    if "$@"; then echo "ok $what"; else echo "not ok $what"; cat "$work"/out*; fi
}
migrate() { "$hotline" migrate >"$work/out$1" 2>&1; }
refused() { # TEXT: the run fails and says so
    ! migrate 9 && grep -q "$1" "$work/out9"
}
count() { psql -XqAt "$name" -c "SELECT count(*) FROM $1"; }

psql -XqAt postgres -c "CREATE DATABASE $name"
export HOTLINE_DATABASE=postgresql:///$name HOTLINE_HOME=$work
mkdir "$work/sql"
cp "$root"/sql/*.sql "$work/sql/"
files=$(find "$work/sql" -name '*.sql' | wc -l)

four_at_once() {
    local pids='' failed=0 i pid
    for i in 1 2 3 4; do
        migrate "$i" &
        pids="$pids $!"
    done
    for pid in $pids; do
        wait "$pid" || failed=1
    done
    return $failed
}
check 'four runs at once all end well' four_at_once
check 'each migration was applied once' test "$(cat "$work"/out* | grep -c '^applied')" = "$files"
check 'each has its row' test "$(count hotline.migrations)" = "$files"

migrate 9
check 'a further run does nothing' grep -q 'up to date' "$work/out9"

last=$(find "$work/sql" -name '*.sql' | sort | tail -n 1)
echo '-- changed' >>"$last"
check 'a changed file is refused' refused 'has changed since'
cp "$root/sql/$(basename "$last")" "$last"

echo 'CREATE TABLE hotline.half (x integer); SELECT 1/0;' >"$work/sql/9999_fails.sql"
check 'a failing migration is told' refused '9999_fails.sql: database: division by zero'
check 'it leaves no row' test "$(count 'hotline.migrations WHERE number = 9999')" = 0
check 'it leaves no table' test "$(count "pg_tables WHERE tablename = 'half'")" = 0
rm "$work/sql/9999_fails.sql"

cp "$last" "$work/sql/$(basename "$last" | cut -c1-4)_again.sql"
check 'a number used twice is refused' refused 'have the same number'
rm "$work/sql/$(basename "$last" | cut -c1-4)_again.sql" "$last"
check 'a database newer than the program is refused' refused 'newer than this program'
