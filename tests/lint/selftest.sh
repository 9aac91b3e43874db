#!/usr/bin/env bash
# The lint scripts themselves: in a small repository of their own each is quiet when nothing is wrong
# and names file and line when something is. (analyze.sh is left out: it only starts other programs.)
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

plant() { # file, text
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "$2" >"$1"
}

repeat() { # times, text
    local i
    for ((i = 0; i < $1; i++)); do printf '%s\n' "$2"; done
}

fresh() {
    rm -rf "$work/repo"
    mkdir -p "$work/repo/tests"
    cp -r "$root/tests/lint" "$work/repo/tests/lint"
    cp "$root/.clang-format" "$work/repo/"
    cd "$work/repo"
    git init -q
    plant server/base/a.h 'int a(int b);'
    plant server/base/a.c '#include "server/base/a.h"'
    plant sql/0001_first.sql 'SELECT 1;'
}

is_clean() { # script
    local said
    if ! said=$(bash "tests/lint/$1.sh" 2>&1) || [ -n "$said" ]; then
        printf 'tests/lint/%s.sh:1: complains without a reason: %s\n' "$1" "$said"
        failed=1
    fi
}

# Plants the text in a fresh repository; the script must fail with the expected words.
is_caught() { # script, expected, file, text
    local said
    fresh
    plant "$3" "$4"
    if said=$(bash "tests/lint/$1.sh" 2>&1); then
        printf 'tests/lint/%s.sh:1: overlooks: %s\n' "$1" "$4" | head -n 1
        failed=1
    elif [[ $said != *"$2"* ]]; then
        printf 'tests/lint/%s.sh:1: does not say "%s" but: %s\n' "$1" "$2" "$said"
        failed=1
    fi
}

is_passed() { # script, file, text
    fresh
    plant "$2" "$3"
    is_clean "$1"
}

fresh
for script in format layers length banned migrations shell styles; do is_clean "$script"; done

is_caught format 'geo/x.c:1:' geo/x.c 'int  x;'

is_caught layers 'server/base/x.c:1: ' server/base/x.c '#include "geo/g.h"'
is_caught layers 'geo/x.c:1: ' geo/x.c '#include "routing/r.h"'
is_caught layers 'routing/x.c:1: ' routing/x.c '#include "geo/g.h"'
is_caught layers 'geo/x.c:1: ' geo/x.c '#include "server/db/d.h"'
is_caught layers 'server/db/x.c:1: ' server/db/x.c '#include "server/store/s.h"'
is_caught layers 'server/http/x.c:1: ' server/http/x.c '#include "server/api/a.h"'
is_caught layers 'server/app/x.c:1: ' server/app/x.c '#include "server/cli/cli.h"'
is_caught layers 'server/api/x.c:1: ' server/api/x.c '#include "tests/t.h"'
is_caught layers 'server/api/x.c:1: ' server/api/x.c '#include "a.h"'
is_caught layers 'other/x.c:1: ' other/x.c '#include "server/base/a.h"'
is_caught layers 'server/store/x.c:1: ' server/store/x.c '#include <libpq-fe.h>'
is_caught layers 'server/api/x.c:1: ' server/api/x.c '#include <event2/http_struct.h>'
is_caught layers 'geo/x.c:1: ' geo/x.c '# include <event2/event.h>'
is_caught layers 'server/city/x.c:1: ' server/city/x.c '#include <geos_c.h>'
is_caught layers 'routing/x.c:1: ' routing/x.c '#include <json-c/json.h>'
is_caught layers 'server/api/x.c:1: SQL' server/api/x.c 'char *s = "SELECT 1";'
is_caught layers 'server/api/x.c:1: SQL' server/api/x.c 'char *s = "with x as (delete from y)";'
is_passed layers server/api/x.c 'char *s = "DELETE /select"; /* SELECT 1, INSERT INTO */'
is_passed layers server/store/x.c 'char *s = "SELECT 1";'
is_passed layers tests/unit/x.c '#include <libpq-fe.h>'

is_caught length 'geo/x.c:1: f has 83 lines' geo/x.c "int f(void)
{
$(repeat 80 '    x++;')
}"
is_passed length geo/x.c "int f(int a, int (*b)(int, int), int c, int d, int e, int f)
{
$(repeat 77 '    x++;')
}"
is_caught length 'geo/x.c:1: f has 7 parameters' geo/x.c 'int f(int a, int b, int c, int d, int e, int f, int g)
{
}'
is_caught length 'sql/0002_x.sql:1: the file has 901 lines' sql/0002_x.sql "$(repeat 901 '--')"

is_caught banned 'geo/x.c:1: strcpy()' geo/x.c 'int x = strcpy (a, b);'
is_caught banned 'geo/x.c:2: atoi()' geo/x.c '/* a comment
   of two lines */ int x = 1 + atoi(a);'
is_caught banned 'geo/x.c:2: popen()' geo/x.c 'int x = popen(a); /* allowed(popen): constant */
int y = popen(a);'
is_caught banned 'geo/x.c:1: nothing here needs' geo/x.c '/* allowed(popen): constant */'
is_caught banned 'gives no reason' geo/x.c 'int x = popen(a); /* allowed(popen) */'
is_caught banned 'geo/x.c:1: unfinished' geo/x.c '/* TO''DO: x */'
is_passed banned geo/x.c '/* allowed(popen): the command
 * is a constant */
int x = popen(a);
int y = my_system(s->system, "strcpy(", '"'('"'); // strcat('

is_caught migrations 'sql/0001_second.sql:1: number 1 is taken' sql/0001_second.sql ''
is_caught migrations 'sql/0003_third.sql:1: number 2 is missing' sql/0003_third.sql ''
is_caught migrations 'sql/2_second.sql:1: not named' sql/2_second.sql ''

# A page of its own beside which the planted sheet stands.
# shellcheck disable=SC2016 # TypeScript
page='<main class={`agency${shown ? " with-map" : ""} ${sort}`}><p class="facts late">'
is_caught_beside() { # expected, file, text
    local said
    fresh
    plant web/src/agency/a.tsx "$page"
    plant web/src/styles/agency.css '.facts { margin: 0; }'
    plant "$2" "$3"
    if said=$(bash tests/lint/styles.sh 2>&1) || [[ $said != *"$1"* ]]; then
        printf 'tests/lint/styles.sh:1: overlooks: %s (says: %s)\n' "$3" "$said"
        failed=1
    fi
}
is_caught_beside 'admin.css:2: .with-map holds in web/src/agency too' web/src/styles/admin.css '/* .x {} */
.with-map { display: none; }'
is_caught_beside 'admin.css:1: .late.with-map > p:not(.b, .c) holds' web/src/styles/admin.css '.a, .late.with-map > p:not(.b, .c) { margin: 0; }'
is_caught_beside 'shell.css:1: .facts is styled by agency.css too' web/src/styles/shell.css '.facts dt { margin: 0; }'
is_caught_beside 'shell.css:1: --nothing is given nowhere' web/src/styles/shell.css '.x { color: var(--nothing); }'
is_caught_beside 'new.css:1: tests/lint/styles.sh does not know' web/src/styles/new.css '.x { margin: 0; }'
fresh
plant web/src/agency/a.tsx "$page"
plant web/src/styles/admin.css '.admin .with-map, .with-map.own, p { margin: 0; } @media print { .admin .facts { --a: 1; color: var(--a); } }'
is_clean styles

# shellcheck disable=SC2016 # a script, not to be expanded here
is_caught shell 'server/setup/x:2:' server/setup/x '#!/bin/sh
rm $1'
exit "$failed"
