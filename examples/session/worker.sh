#!/bin/sh
# Runs the test of a session on this machine, until the search is over: worker.sh STATE CMD ...
#
# Runs `CMD ... CANDIDATE` as often as it is asked for. Exit code 0 is a pass, 125 says nothing, 127 that the candidate cannot be
# run, any other a failure. BISECTSTAT names the program, WAIT how many seconds to wait for the others.
set -u
program="${BISECTSTAT:-bisectstat}"
state="${1:?the file of the session}"
shift

# The first value of a key in the answer.
value() { printf '%s\n' "$asked" | sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",]*\).*/\1/p" | head -n 1; }

while asked="$("$program" session ask --state "$state" --format json)"; do
    id="$(value id)"
    if [ -z "$id" ]; then
        sleep "${WAIT:-10}"
        continue
    fi
    if [ "$(value without)" != null ]; then
        echo "$id wants $(value without) reverted first, which this worker cannot do" >&2
        exit 2
    fi
    candidate="$(value candidate)" left="$(value runs)" failed=0 told=0 void=0
    while [ "$left" -gt 0 ] && [ "$void" -lt 3 ]; do
        code=0
        "$@" "$candidate" || code=$?
        case $code in
        127) break ;;
        125) void=$((void + 1)) ;;
        *) void=0 told=$((told + 1)) left=$((left - 1)) ;;
        esac
        case $code in 0 | 125) ;; *) failed=$((failed + 1)) ;; esac
    done
    if [ "$code" = 127 ]; then
        "$program" session tell "$id" skip --why "the test cannot be started" --state "$state"
    elif [ "$told" = 0 ]; then
        "$program" session tell "$id" void --state "$state"
    else
        "$program" session tell "$id" --runs "$failed/$told" --state "$state"
    fi
done
"$program" session status --state "$state"
