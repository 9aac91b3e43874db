#!/bin/bash
# Decisions against the rules evaluated naively in SQL (tests/oracle), on a demo city of its own.
# ORACLE_N says how many complaints. Tells "ok" or "not ok" lines.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd -P)
hotline=${HOTLINE:-$root/build/asan/hotline}
name=hotline_oracle_$$
said=$(mktemp)
finish() {
    psql -XqAt postgres -c "DROP DATABASE IF EXISTS $name WITH (FORCE)"
    rm -f "$said"
}
trap finish EXIT
psql -XqAt postgres -c "CREATE DATABASE $name"
url=postgresql:///$name
tell() { # STATUS WHAT
    if [ "$1" = 0 ]; then echo "ok $2"; else echo "not ok $2"; tail -n 30 "$said"; fi
}
{ "$hotline" migrate --database "$url" &&
    "$hotline" demo --complaints 10 --database "$url"; } >"$said" 2>&1
tell $? "a demo city with the shipped rules"
HOTLINE=$hotline "$root/tests/oracle/run" "$url" "${ORACLE_N:-1500}" >"$said" 2>&1
tell $? "every decision is the oracle's"
# Each rule decided something: the comparison says nothing of one that never applied.
missing=$(psql -XqAt "$url" -c "SELECT string_agg(code, ' ') FROM hotline.rules r
    WHERE rule_set_id = (SELECT id FROM hotline.rule_sets WHERE state = 'published')
    AND NOT EXISTS (SELECT FROM oracle.entrants e WHERE e.rule = r.code)" 2>&1)
echo "rules that no complaint met: ${missing:-none}" >"$said"
[ "$(wc -w <<<"$missing")" -le 6 ]
tell $? "the rules were met"
# Text, rows, text: the same.
"$hotline" export rules --database "$url" >"$said.1" 2>"$said"
"$hotline" import rules "$said.1" --database "$url" >>"$said" 2>&1
grep -q 'published already' "$said"
tell $? "what is exported is what is published"
refused() { # WHAT LINE TEXT: the rules are refused with that text and nothing changes
    local before after
    before=$(psql -XqAt "$url" -c "SELECT count(*), max(id) FROM hotline.rule_sets")
    { cat "$said.1"; printf '%s\n' "$2"; } |
        "$hotline" import rules - --database "$url" >"$said" 2>&1
    local code=$?
    after=$(psql -XqAt "$url" -c "SELECT count(*) FROM hotline.rule_sets")
    [ "$code" = 1 ] && grep -qF -- "$3" "$said" && [ "${before%%|*}" = "$after" ]
    tell $? "refused: $1"
}
rule=$'\nrule sai\n  name vi "Sai"\n  name en "Wrong"\n  class asset\n'
refused "an unknown category" "$rule"$'  when category khong-co\n  then agency sawaco' "there is no category 'khong-co'"
refused "an unknown agency" "$rule"$'  then agency khong-co' "there is no agency 'khong-co'"
refused "an unknown layer" "$rule"$'  when within 5 m of khong-co\n  then agency sawaco' "there is no layer 'khong-co'"
refused "inside a line" "$rule"$'  when inside layer roads\n  then agency sawaco' "nothing lies inside points or lines"
refused "an owner without a condition" "$rule"$'  then owner owner of roads' "an owner needs a condition on the layer"
refused "an empty set" "$rule"$'  then holder khong-co' "no jurisdiction is of the set"
refused "an agency that has ended" "$rule"$'  valid from 2025-07-01\n  then agency thu-don-vi-cu' "in force at no time when the rule is"
refused "a line without meaning" "$rule"$'  when raining\n  then agency sawaco' "rule sai: no condition begins with 'raining'"
refused "a rule without an outcome" "$rule" "a rule needs an outcome"
rm -f "$said.1"
