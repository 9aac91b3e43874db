#!/usr/bin/env bash
# Nothing is longer than one can keep in mind: functions up to 80 lines and 6 parameters, files up to
# 900 lines. --worst lists the longest of each instead.
set -euo pipefail
cd "$(dirname "$0")/../.."
max_function=80
max_parameters=6
max_file=900

list() {
    git ls-files -co --exclude-standard -- "$@" | sort -u |
        while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done
}

mapfile -t c_files < <(list '*.c' '*.h')
mapfile -t all_files < <(list '*.c' '*.h' '*.ts' '*.css' '*.html' '*.sql' '*.sh' '*.awk' Makefile 'server/setup/*' 'tests/*/run' tests/run)
[ "${#c_files[@]}" -gt 0 ] || { echo "length.sh: no C files found" >&2; exit 1; }

# lines <TAB> parameters <TAB> file:line <TAB> name
functions() {
    ctags -x --languages=C --map-C=+.h --kinds-C=f --extras=-F \
        --_xformat=$'%{end}\t%n\t%F\t%N\t%S' "${c_files[@]}" |
        awk -F '\t' '{
            depth = 0
            parameters = $5 ~ /^\( *(void)? *\)$/ ? 0 : 1
            for (i = 1; i <= length($5); i++) {
                c = substr($5, i, 1)
                depth += c == "(" ? 1 : c == ")" ? -1 : 0
                parameters += c == "," && depth == 1
            }
            printf "%d\t%d\t%s:%d\t%s\n", $1 - $2 + 1, parameters, $3, $2, $4
        }'
}

file_lines() {
    awk 'FNR == 1 { files[++n] = FILENAME } { count[FILENAME] = FNR }
         END { for (i = 1; i <= n; i++) print count[files[i]] "\t" files[i] }' "${all_files[@]}"
}

if [ "${1:-}" = --worst ]; then
    echo "lines  parameters  function"
    functions | sort -t $'\t' -k1,1nr | head -n 20
    echo "lines  file"
    file_lines | sort -t $'\t' -k1,1nr | head -n 20
    exit 0
fi

{
    functions | awk -F '\t' -v lines="$max_function" -v parameters="$max_parameters" '
        $1 > lines { print $3 ": " $4 " has " $1 " lines, " lines " are the most" }
        $2 > parameters { print $3 ": " $4 " has " $2 " parameters, " parameters " are the most" }'
    file_lines | awk -F '\t' -v lines="$max_file" '
        $1 > lines { print $2 ":1: the file has " $1 " lines, " lines " are the most" }'
} | awk '{ print } END { exit NR > 0 }'
