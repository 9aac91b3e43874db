#!/usr/bin/env bash
# Every C file is formatted as .clang-format says. --fix formats them.
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -t files < <(git ls-files -co --exclude-standard -- '*.c' '*.h' | sort -u |
    while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done)
[ "${#files[@]}" -gt 0 ] || { echo "format.sh: no C files found" >&2; exit 1; }

if [ "${1:-}" = --fix ]; then
    exec clang-format --style=file -i "${files[@]}"
fi
if ! clang-format --style=file --dry-run --Werror "${files[@]}" 2>&1 |
    sed -n -E "s/: error: code should be clang-formatted.*/: not formatted: run tests\/lint\/format.sh --fix/p; t; /^[^ ].*: error:/p" |
    awk -F: '{ if (count[$1]++ < 3) print; bad = 1 } END { exit bad }'; then
    exit 1
fi
