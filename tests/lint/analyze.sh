#!/usr/bin/env bash
# Static analysis: cppcheck over everything, clang-tidy file by file (given several files at once,
# clang-tidy 14 mixes up their va_lists), gcc -fanalyzer over the libraries.
#
# What was found clean is remembered in build/lint by a hash of the preprocessed source and of the
# tools, so a second run looks at changed files only. --all forgets that.
set -euo pipefail
cd "$(dirname "$0")/../.."
memory=build/lint

# file <TAB> its compiler flags, from {"directory":…,"file":…,"command":"cc FLAGS -c FILE"}
compilations() {
    sed -n 's/.*"file":"\([^"]*\)","command":"cc \(.*\) -c [^"]*"}.*/\1\t\2/p' compile_commands.json |
        sed 's/ -MMD//; s/ -MP//'
}

analyze_file() { # file flag...
    local file=$1 mark findings
    shift
    mark=$memory/$({ printf '%s\n' "$TOOLS" "$*" && gcc "$@" -E -C "$file"; } |
        sha256sum | cut -c1-32)
    [ ! -e "$mark" ] || return 0
    # A third of the usual search depth finds the same here in a third of the time.
    if ! findings=$(clang-tidy -p . --quiet --extra-arg=-Xclang --extra-arg=-analyzer-config \
        --extra-arg=-Xclang --extra-arg=max-nodes=75000 "$file" 2>/dev/null); then
        printf '%s\n' "$findings" | sed "s|^$PWD/||; s|^\./||"
        return 1
    fi
    case $file in
    server/base/* | geo/* | routing/*)
        # gcc 12 loses sight of structs that are copied whole; clang looks for uninitialised values.
        gcc "$@" -fanalyzer -Wno-analyzer-use-of-uninitialized-value -Werror \
            -fdiagnostics-path-format=none -c "$file" -o /dev/null || return 1
        ;;
    esac
    : >"$mark"
}

if [ "${1:-}" = --one ]; then # file, its flags in one word: a worker of the run below
    read -ra flags <<<"$3"
    analyze_file "$2" "${flags[@]}"
    exit
fi

[ "${1:-}" != --all ] || rm -rf "$memory"
mkdir -p "$memory/cppcheck"
make -s --no-print-directory compile_commands.json
TOOLS=$(sha256sum .clang-tidy tests/lint/analyze.sh && clang-tidy --version && gcc --version)
export TOOLS

failed=0
# uninitvar: it loses sight of arrays that a callee fills, clang-tidy does not. It cannot read what
# begins with a dot inside a macro's brackets.
cppcheck --project=compile_commands.json --enable=warning,performance,portability --quiet \
    --suppress=uninitvar --inline-suppr '-DABOUT(...)=0' '-DABOUT_PAGE(x)=0' --cppcheck-build-dir="$memory/cppcheck" -j "$(nproc)" \
    --error-exitcode=1 --template='{file}:{line}: {message} [cppcheck {id}]' --template-location='' || failed=1
compilations | tr '\t\n' '\0\0' |
    xargs -0 -r -n 2 -P "$(nproc)" bash tests/lint/analyze.sh --one || failed=1
exit "$failed"
