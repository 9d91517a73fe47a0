#!/usr/bin/env bash
# fuzz/run in a tree of its own, where programs that do nothing stand for the targets: what it finds
# it reports.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

mkdir -p "$tree/fuzz/corpus/good" "$tree/fuzz/corpus/bad" "$tree/build-fuzz/fuzz" \
    "$tree/build-fuzz-fast/fuzz" "$tree/bin"
cp "$here/run" "$tree/fuzz/run"
printf "fuzz_targets = [\n  'good',\n  'bad',\n]\n" >"$tree/fuzz/meson.build"
touch "$tree/build-fuzz/build.ninja" "$tree/build-fuzz-fast/build.ninja"
printf '#!/bin/sh\nexit 0\n' >"$tree/bin/ninja"
cp "$tree/bin/ninja" "$tree/bin/clang++"
cat >"$tree/build-fuzz/fuzz/fuzz-good" <<'PROGRAM'
#!/bin/sh
echo 'stat::number_of_executed_units: 12'
PROGRAM
cat >"$tree/build-fuzz/fuzz/fuzz-bad" <<'PROGRAM'
#!/bin/sh
for option; do
    case $option in -artifact_prefix=*) echo x >"${option#*=}crash-1" ;; esac
done
echo '==1==ERROR: AddressSanitizer: heap-buffer-overflow'
exit 77
PROGRAM
# Tells which folder it was told to work in.
cat >"$tree/build-fuzz-fast/fuzz/fuzz-good" <<'PROGRAM'
#!/bin/sh
for option; do
    case $option in */work/*) echo "works in $option" ;; esac
done
echo 'stat::number_of_executed_units: 500'
PROGRAM
chmod +x "$tree"/bin/* "$tree"/build-fuzz*/fuzz/*
export PATH=$tree/bin:$PATH

failures=0
check() { # what, status wanted, words wanted, arguments...
    local what=$1 wanted=$2 words=$3 status=0 said
    shift 3
    said=$("$tree/fuzz/run" "$@" 2>&1) || status=$?
    if [[ $status != "$wanted" || $said != *"$words"* ]]; then
        printf 'FAILED  %s: status %s\n%s\n' "$what" "$status" "$said"
        failures=1
    fi
}

check 'names' 0 $'good\nbad'
check 'without a finding' 0 'good: 12 executions' good 1
check 'fast' 0 'good: 500 executions' --fast good 1
check 'fast works on for the others' 0 'works in build-fuzz/work/good' --fast good 1
check 'a finding' 1 'replay with: fuzz/run --replay bad build-fuzz/findings/bad/crash-1' bad 1
check 'a finding among others' 1 'FINDINGS in bad' --executions 1 all
check 'what was found is shown' 1 'heap-buffer-overflow' bad
check 'a finding, run again' 77 '' --replay bad "$here/run"
check 'no such target' 2 "no target 'ugly'" ugly
check 'fast, of AFL++' 2 '--fast goes with libFuzzer' --engine afl --fast good
check 'executions of AFL++' 2 '--engine afl goes with a time' --engine afl --executions 1 good
exit "$failures"
