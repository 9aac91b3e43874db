-- A data folder loaded by `hotline import city`, and single files after it: see import_city.sh,
-- which works in a database of its own.
\set QUIET on
\setenv PGHOST :HOST
\setenv PGPORT :PORT
\setenv PGUSER :USER
\! tests/sql/import_city.sh
