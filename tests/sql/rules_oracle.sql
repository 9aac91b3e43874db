-- Decisions against an independent oracle, and rules that are refused: see rules_oracle.sh, which works
-- in a database of its own.
\set QUIET on
\setenv PGHOST :HOST
\setenv PGPORT :PORT
\setenv PGUSER :USER
\! tests/sql/rules_oracle.sh
