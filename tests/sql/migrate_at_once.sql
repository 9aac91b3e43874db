-- `hotline migrate` run several times at once, again, after an applied file changed, and with a
-- migration that fails: see migrate_at_once.sh, which works in a database of its own.
\set QUIET on
\setenv PGHOST :HOST
\setenv PGPORT :PORT
\setenv PGUSER :USER
\! tests/sql/migrate_at_once.sh
