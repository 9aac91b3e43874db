#!/usr/bin/env bash
# Every shell script, told by its first line, passes shellcheck.
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -t files < <(git ls-files -co --exclude-standard | sort -u |
    while IFS= read -r file; do
        [ -f "$file" ] || continue
        IFS= read -r first <"$file" 2>/dev/null || true
        case $first in
        '#!'*/sh | '#!'*/sh\ * | '#!'*bash*) printf '%s\n' "$file" ;;
        esac
    done 2>/dev/null)
[ "${#files[@]}" -gt 0 ] || { echo "shell.sh: no scripts found" >&2; exit 1; }
# SCRIPTDIR: a script that reads its neighbour is checked together with it.
shellcheck --format=gcc --external-sources --source-path=SCRIPTDIR "${files[@]}"
