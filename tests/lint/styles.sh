#!/usr/bin/env bash
# Stylesheets hold for every page, since one is made of all. So a class that stands alone in a selector
# must mean one thing: it is styled by one sheet, and a sheet of one page styles no class that another
# page gives to its elements too. What is not so has to begin with the page's own class (`.admin .tree`).
# And a value that is taken by name (`var(--line)`) is given somewhere.
set -euo pipefail
cd "$(dirname "$0")/../.."

# sheet | the folder of the page whose classes it may take for itself; without one it is for all pages
sheets='
base      |
tokens    |
fonts     |
shell     |
parts     |
map       |
photos    |
plain     |
contrast  |
city      | web/src/city
citizen   | web/src/city
leader    | web/src/leader
operator  | web/src/operator
agency    | web/src/agency
admin     | web/src/admin
admin_maps | web/src/admin
register  | web/src/admin
'

# Classes of a page as a whole: what begins with one of them is of that page alone.
roots='city citizen leader operator agency admin admin-panel plain-main tab-track wall-display'

folder=web/src/styles
[ -d "$folder" ] || exit 0
mapfile -t sources < <(git ls-files -co --exclude-standard -- 'web/src/*.tsx' 'web/src/*.ts' | sort -u |
    while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done)

# file:line <TAB> selector, one a line
selectors() {
    awk '
        FNR == 1 { in_comment = depth = 0; head = "" }
        {
            line = $0
            for (i = 1; i <= length(line); i++) {
                two = substr(line, i, 2); c = substr(line, i, 1)
                if (in_comment) { if (two == "*/") { in_comment = 0; i++ } continue }
                if (two == "/*") { in_comment = 1; i++; continue }
                if (c == "{") { if (head !~ /^[ \t]*@/) print FILENAME ":" FNR "\t" head; head = "" }
                else if (c == "}" || c == ";") head = ""
                else head = head c
            }
            head = head " "
        }' "$@"
}

{
    [ "${#sources[@]}" -eq 0 ] || awk -f tests/lint/class_names.awk "${sources[@]}" | sed 's/^/used\t/'
    selectors "$folder"/*.css | sed 's/^/styled\t/'
    grep -noHE -e '--[a-z0-9-]+:|var\(--[a-z0-9-]+\)' "$folder"/*.css | sed -E 's/^([^:]*:[0-9]+):(.*)/value\t\1\t\2/'
} | awk -F '\t' -v sheets="$sheets" -v roots="$roots" -v styles="$folder/" '
    function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
    function page_of(file,    p) {
        for (p in pages) if (index(file, p "/") == 1) return p
        return ""
    }
    function uses(page, name,    i) {
        if ((page, name) in used) return 1
        for (i = 1; i <= beginnings[page]; i++) if (index(name, beginning[page, i]) == 1) return 1
        return 0
    }
    # The classes of a selector, in classes[1..]; what stands in :not(...) and its like asks for nothing.
    function classes_of(selector,    n, text) {
        text = selector
        while (gsub(/:[a-z-]+\([^()]*\)/, "", text)) continue
        gsub(/\[[^]]*\]/, "", text)
        n = 0
        while (match(text, /\.[A-Za-z][A-Za-z0-9_-]*/)) {
            classes[++n] = substr(text, RSTART + 1, RLENGTH - 1)
            text = substr(text, RSTART + RLENGTH)
        }
        return n
    }
    function fail(where, text) { print where ": " text; bad = 1 }
    function look(where, selector,    file, sheet, n, i, first, page, all) {
        file = where; sub(/:[0-9]+$/, "", file)
        sheet = file; sub(/.*\//, "", sheet); sub(/\.css$/, "", sheet)
        if (sheet == "main") return
        if (!(sheet in known)) { if (!told[sheet]++) fail(file ":1", "tests/lint/styles.sh does not know whose sheet it is"); return }
        if (sheet == "contrast") return
        n = classes_of(selector)
        if (n == 0 || selector ~ /^(body|html)[.:]/) return
        for (i = 1; i <= n; i++) if (classes[i] in root) return
        first = selector; sub(/[ >+~].*/, "", first); gsub(/\[[^]]*\]|::?[a-z-]+(\([^()]*\))?/, "", first)
        if (first ~ /^[a-z]*\.[A-Za-z][A-Za-z0-9_-]*$/) {
            sub(/^[a-z]*/, "", first)
            if (!(first in owner)) owner[first] = sheet
            else if (owner[first] != sheet && !twice[first, sheet]++)
                fail(where, first " is styled by " owner[first] ".css too: begin with the class of the page")
        }
        if (known[sheet] == "") return
        for (page in pages) {
            if (page == known[sheet]) continue
            all = 1
            for (i = 1; i <= n; i++) if (!uses(page, classes[i])) all = 0
            if (all && !clash[selector, page]++) fail(where, selector " holds in " page " too: begin with the class of the page")
        }
    }
    BEGIN {
        n = split(sheets, rows, "\n")
        for (i = 1; i <= n; i++) if (split(rows[i], f, "|") == 2) {
            known[trim(f[1])] = trim(f[2])
            if (trim(f[2]) != "") pages[trim(f[2])] = 1
        }
        n = split(roots, f, " ")
        for (i = 1; i <= n; i++) root[f[i]] = 1
    }
    $1 == "used" {
        page = page_of($2)
        if (page == "") next
        if ($3 !~ /-$/) used[page, $3] = 1
        else if (!((page, $3) in used)) { used[page, $3] = 1; beginning[page, ++beginnings[page]] = $3 }
    }
    $1 == "styled" {
        n = split($3, list, ",")
        part = ""
        for (k = 1; k <= n; k++) {
            part = part (part == "" ? "" : ",") list[k]
            if (gsub(/\(/, "(", part) == gsub(/\)/, ")", part)) { look($2, trim(part)); part = "" }
        }
    }
    $1 == "value" && $3 ~ /^--/ { given[substr($3, 1, length($3) - 1)] = 1 }
    $1 == "value" && $3 ~ /^var/ { name = substr($3, 5, length($3) - 5); asked[name] = asked[name] " " $2 }
    END {
        for (name in asked) if (!(name in given)) {
            n = split(asked[name], list, " ")
            for (i = 1; i <= n; i++) fail(list[i], name " is given nowhere")
        }
        exit bad
    }'
