#!/usr/bin/env bash
# Who may include whom, and where SQL may stand. The tables below are the rule; README's tour shows
# them as a picture. The longest folder that holds a file decides.
set -euo pipefail
cd "$(dirname "$0")/../.."

# folder | folders whose headers it may include (its own, always) | because
own_headers='
server/base   | -                                      | the lowest layer: libc, utf8proc, zlib
geo           | server/base                            | a library: knows no socket, no database, no routing
routing       | server/base                            | a library: decides from plain facts
server/db     | server/base                            | carries any statement, knows none
server/http   | server/base                            | carries any request, knows none
server/files  | server/base server/db server/store               | what files are and where they lie: knows no request
server/picture | server/files                               | a program of its own, for pictures alone
server/shapes | server/files                               | a program of its own, that becomes GDAL shut in
server/store  | server/base server/db server/intake server/app server/duplicates geo routing | one function per statement, on complaint.h and snapshot.h
server/intake | server/base server/db server/store server/app geo routing | from JSON to a stored complaint
server/oidc   | server/base                            | asks a log-in provider: on compute threads, knows no request
server/measures | server/base server/app geo          | counts and rates by unit: pure but for the snapshot it reads
server/duplicates | server/base geo             | whether two complaints are one thing, whether many are: pure
server/notify | server/base server/db server/store              | tells people what the outbox says; serves nobody
server/tiles  | server/base server/db server/store server/app server/http geo | tile requests
server/city   | server/base server/db server/store server/intake server/app geo routing | loads a city; serves nobody
server/change | server/base server/db server/store server/intake server/app geo routing | rule sets checked and replayed; serves nobody
server/record | server/base server/db server/store               | hashes, seals and what becomes of persons; serves nobody
server/app    | server/base server/db server/store server/files server/intake server/http server/api server/tiles server/city server/change server/duplicates server/record server/notify geo routing | builds and owns everything
server/api    | server/base server/db server/store server/files server/intake server/http server/app server/tiles server/oidc server/measures server/city server/duplicates server/notify geo routing | resources: the only ones who know HTTP and complaints
server/simulate | server/base geo                      | a client: knows the service as anybody else does, over HTTP
server/cli    | server geo routing                     | commands: may use all, nobody uses them
tests         | server geo routing tests               | may use all, nobody uses them
'

# header (shell pattern) | folders that may include it | because
foreign_headers='
libpq-fe.h            | server/db                      | one place for connections, results and their memory
libpq/*               | server/db                      | -
event2/http*.h        | server/http                    | one place for limits and for answering exactly once
event2/keyvalq_struct.h | server/http                  | evhttp headers
event2/*              | server/http server/db server/app server/simulate server/cli | the libraries know no event loop
geos_c.h              | geo                            | one place for contexts and ownership
proj.h                | geo                            | one place for axis order and pinned operations
png.h                 | geo                            | drawing is pure
xlsxwriter.h          | server/measures                | figures as a spreadsheet
pango/*               | server/measures                | figures as a printed report
cairo*                | server/measures                | -
json-c/*              | server                         | the libraries take values, not documents
json.h                | server                         | -
sodium.h              | server                         | hashing and passwords are the service'\''s
utf8proc.h            | server/base geo                | text is folded in one way
zlib.h                | server geo                     | -
libdeflate.h          | geo                            | pictures are packed in one place
vips/*                | server/picture                 | apart from the service
curl/*                | server/notify server/oidc            | -
openssl/*             | server/oidc                          | signatures of log-in providers
'

# Folders in whose C strings SQL may stand; tests may too.
sql_folders='server/store server/db server/city tests'

mapfile -t files < <(git ls-files -co --exclude-standard -- '*.c' '*.h' | sort -u |
    while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done)
[ "${#files[@]}" -gt 0 ] || { echo "layers.sh: no C files found" >&2; exit 1; }

includes() {
    grep -nHE '^[[:space:]]*#[[:space:]]*include' "${files[@]}" | awk -v own="$own_headers" -v foreign="$foreign_headers" '
        function trim(s) { gsub(/^ +| +$/, "", s); return s }
        function inside(path, folder) { return index(path, folder "/") == 1 }
        function any_of(path, folders,    n, i, list) {
            n = split(folders, list, " ")
            for (i = 1; i <= n; i++) if (inside(path, list[i])) return 1
            return 0
        }
        # A shell pattern with no other sign than * as a regular expression.
        function as_regex(s) { gsub(/\./, "[.]", s); gsub(/\*/, ".*", s); return "^" s "$" }
        function fail(text) { print file ":" line ": " text; bad = 1 }
        BEGIN {
            n = split(own, rows, "\n")
            for (i = 1; i <= n; i++) if (split(rows[i], f, "|") == 3) {
                folder[++folders] = trim(f[1]); may[folders] = trim(f[2]); why[folders] = trim(f[3])
            }
            n = split(foreign, rows, "\n")
            for (i = 1; i <= n; i++) if (split(rows[i], f, "|") == 3) {
                header[++headers] = as_regex(trim(f[1])); users[headers] = trim(f[2]); reason[headers] = trim(f[3])
            }
        }
        {
            split($0, part, ":")
            file = part[1]; line = part[2]
            name = $0
            sub(/^[^<"]*[<"]/, "", name)
            sub(/[>"].*/, "", name)
            mine = 0
            for (i = 1; i <= folders; i++)
                if (inside(file, folder[i]) && (!mine || length(folder[i]) > length(folder[mine]))) mine = i
            if (!mine) { fail("no row of layers.sh speaks of this folder"); next }
            if ($0 ~ /include *"/) {
                if (name !~ /^(server|geo|routing|tests)\//)
                    fail("\"" name "\" is not written from the root of the repository")
                else if (!inside(name, folder[mine]) && !any_of(name, may[mine]))
                    fail(folder[mine] "/ may not include " name " (" why[mine] ")")
                next
            }
            if (inside(file, "tests")) next
            for (i = 1; i <= headers; i++) if (name ~ header[i]) {
                if (!any_of(file, users[i]))
                    fail("<" name "> belongs to " users[i] " (" reason[i] ")")
                break
            }
        }
        END { exit bad }'
}

sql() {
    awk -f tests/lint/c_text.awk "${files[@]}" | awk -F '\t' -v folders="$sql_folders" '
        BEGIN { n = split(folders, list, " ") }
        {
            for (i = 1; i <= n; i++) if (index($1, list[i] "/") == 1) next
            if ($3 ~ /(^|[^A-Za-z_])(SELECT[ \\]|INSERT INTO|DELETE FROM|UPDATE [a-z_.]+ SET|MERGE INTO|select .* from |insert into |delete from )/) {
                print $1 ": SQL belongs to server/store (one typed function per statement)"
                bad = 1
            }
        }
        END { exit bad }'
}

failed=0
includes || failed=1
sql || failed=1
exit "$failed"
