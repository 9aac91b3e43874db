#!/bin/bash
# The TypeScript of web/ and tests/ has no type errors. Needs web/node_modules (make web).
set -eu
cd "$(git rev-parse --show-toplevel)"
make --no-print-directory -s web/node_modules/.package-lock.json
output=$(cd web && npm run --silent types 2>&1) || {
    printf '%s\n' "$output"
    exit 1
}
