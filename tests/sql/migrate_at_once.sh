#!/bin/bash
# Several `hotline migrate` at once on one empty database: each migration is applied once, every run
# ends well; again, nothing is done; a file that changed after it was applied is refused.
#   HOTLINE       the program
#   DATABASE_URL  a database of the cluster to make the test's own in
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd -P)
name=hotline_migrate_test_$$
work=$(mktemp -d)
finish() {
    psql -qAt "$DATABASE_URL" -c "DROP DATABASE IF EXISTS $name" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
fail() { echo "migrate_at_once: $*" >&2; exit 1; }

psql -qAt "$DATABASE_URL" -c "CREATE DATABASE $name"
HOTLINE_DATABASE=$(printf '%s' "$DATABASE_URL" | sed "s,/[^/?]*?,/$name?,")
export HOTLINE_DATABASE
mkdir "$work/sql"
cp "$root"/sql/*.sql "$work/sql/"
export HOTLINE_HOME=$work
files=$(find "$work/sql" -name '*.sql' | wc -l)

pids=
for i in 1 2 3 4; do
    "$HOTLINE" migrate >"$work/out$i" 2>&1 &
    pids="$pids $!"
done
for pid in $pids; do
    wait "$pid" || fail "one of four runs at once failed: $(cat "$work"/out*)"
done
applied=$(cat "$work"/out* | grep -c '^applied')
[ "$applied" = "$files" ] || fail "$files files, but $applied were applied"
rows=$(psql -qAt "$HOTLINE_DATABASE" -c 'SELECT count(*) FROM hotline.migrations')
[ "$rows" = "$files" ] || fail "$files files, but $rows rows"

"$HOTLINE" migrate | grep -q 'up to date' || fail "a further run was not idle"

last=$(find "$work/sql" -name '*.sql' | sort | tail -n 1)
echo '-- changed' >>"$last"
if "$HOTLINE" migrate >"$work/changed" 2>&1; then fail "a changed file was not refused"; fi
grep -q 'has changed since' "$work/changed" || fail "it did not say why: $(cat "$work/changed")"
cp "$root/sql/$(basename "$last")" "$last"

# A migration that fails leaves nothing of itself.
echo 'CREATE TABLE hotline.half (x integer); SELECT 1/0;' >"$work/sql/9999_fails.sql"
if "$HOTLINE" migrate >"$work/failing" 2>&1; then fail "a failing migration was not told"; fi
half=$(psql -qAt "$HOTLINE_DATABASE" -c "SELECT count(*) FROM hotline.migrations WHERE number = 9999
    UNION ALL SELECT count(*) FROM pg_tables WHERE tablename = 'half'" | sort -u)
[ "$half" = 0 ] || fail "a failing migration left something behind"
rm "$work/sql/9999_fails.sql"
"$HOTLINE" migrate >/dev/null
