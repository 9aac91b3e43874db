#!/usr/bin/env bash
# Migrations are applied by number: every number from 0001 on is there, once.
set -euo pipefail
cd "$(dirname "$0")/../.."

git ls-files -co --exclude-standard -- 'sql/*.sql' | sort -u |
    while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done |
    awk -F / '
        function fail(text) { print $0 ":1: " text; bad = 1 }
        NF != 2 { next } # a folder below sql/ holds no migrations
        $2 !~ /^[0-9][0-9][0-9][0-9]_[a-z0-9_]+\.sql$/ { fail("not named NNNN_words.sql"); next }
        {
            number = substr($2, 1, 4) + 0
            if (number == last) {
                fail("number " number " is taken by " file)
            } else if (number != last + 1) {
                fail("number " last + 1 " is missing before it")
            }
            last = number
            file = $0
        }
        END {
            if (last == 0) { print "sql:1: no migrations found"; bad = 1 }
            exit bad
        }'
