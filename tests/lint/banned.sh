#!/usr/bin/env bash
# Functions with a trap in them, and marks of unfinished work.
#
# A use with a good reason says so in a comment on its line or the line before:
#   /* allowed(popen): the command line is a constant */
# A permission that nothing needs any more is itself refused.
set -euo pipefail
cd "$(dirname "$0")/../.."

# function | instead
functions='
strcpy   | strbuf, or memcpy with a length
strcat   | strbuf
strncpy  | memcpy with a length: it may leave the NUL out
strncat  | strbuf
sprintf  | snprintf, strbuf_printf
vsprintf | vsnprintf
gets     | fgets
strtok   | str_cut
atoi     | strtol with its errors looked at
atol     | strtol with its errors looked at
atoll    | strtoll with its errors looked at
atof     | strtod with its errors looked at
rand     | randombytes_buf, or a generator with its own seed
srand    | a generator with its own seed
random   | a generator with its own seed
system   | posix_spawn with an argument list
popen    | posix_spawn with an argument list
alloca   | an arena, or a fixed array
tmpnam   | mkstemp
mktemp   | mkstemp
strerror | strerrordesc_np: it does not share a buffer between threads
localtime | clock_format, localtime_r
gmtime   | gmtime_r
'

# Split, so that this file does not refuse itself.
unfinished='TO''DO|FIX''ME|X''XX|HA''CK'

list() {
    git ls-files -co --exclude-standard -- "$@" | sort -u |
        while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done
}

calls() {
    awk -f tests/lint/c_text.awk "${c_files[@]}" | awk -F '\t' -v table="$functions" '
        function file_of(where) { sub(/:[0-9]+$/, "", where); return where }
        function fail(where, text) { print where ": " text; bad = 1 }
        function expire() { if (grant != "" && !used) fail(granted_at, "nothing here needs allowed(" grant ")") }
        BEGIN {
            n = split(table, rows, "\n")
            for (i = 1; i <= n; i++) if (split(rows[i], f, "|") == 2) {
                gsub(/^ +| +$/, "", f[1]); gsub(/^ +| +$/, "", f[2])
                instead[f[1]] = f[2]
            }
        }
        {
            if (file_of($1) != file) { expire(); grant = ""; file = file_of($1) }
            if (match($4, /allowed\([a-z_]+\): *[^ ]/)) {
                expire()
                grant = substr($4, RSTART + 8)
                sub(/\).*/, "", grant)
                granted_at = $1
                used = 0
            } else if ($4 ~ /allowed\([a-z_]+\)/) {
                fail($1, "the permission gives no reason")
            }
            code = $2
            while (match(code, /[A-Za-z_][A-Za-z_0-9]* *\(/)) {
                name = substr(code, RSTART, RLENGTH - 1)
                gsub(/ /, "", name)
                code = substr(code, RSTART + RLENGTH)
                if (!(name in instead)) continue
                if (name == grant) used = 1
                else fail($1, name "() is banned: " instead[name])
            }
            # A permission covers its own line, or the first code after it.
            if (grant != "" && $2 ~ /[^ ]/) { expire(); grant = "" }
        }
        END { expire(); exit bad }'
}

words() {
    { printf '%s\0' "${text_files[@]}" | xargs -0 grep -nHIwE "$unfinished" || true; } |
        awk -F: '{ print $1 ":" $2 ": unfinished work is finished or written down elsewhere:" substr($0, length($1 $2) + 3) }
                 END { exit NR > 0 }'
}

mapfile -t c_files < <(list '*.c' '*.h')
mapfile -t text_files < <(list ':!*package-lock.json')
if [ "${#c_files[@]}" -eq 0 ] || [ "${#text_files[@]}" -eq 0 ]; then
    echo "banned.sh: no files found" >&2
    exit 1
fi
failed=0
calls || failed=1
words || failed=1
exit "$failed"
