#!/usr/bin/env bash
# Makes a git repository with a flaky test, to try a bisection on: 60 commits, and from the 38th on ./test.sh fails in
# about four runs of ten. The test draws its lot from the commit and the number of the run, so that everybody sees the same.
# Usage: history.sh FOLDER
set -euo pipefail
folder="$1"
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init --quiet --initial-branch main "$folder"
cd "$folder"

cat > test.sh <<'TEST'
#!/bin/sh
# A race, made predictable: the commit and the number of the run decide.
lot=$(printf '%s %s' "$(git rev-parse HEAD)" "${BISECTSTAT_RUN:-0}" | cksum | cut -d ' ' -f 1)
if grep -q 'without a lock' queue.txt && [ $((lot % 10)) -lt 4 ]; then
    echo 'BUG: use after free in queue_pop'
    exit 1
fi
TEST
chmod +x test.sh

for number in $(seq 1 60); do
    case "$number" in
        38) word='queue: pop without a lock' ;;
        *) word="queue: change $number" ;;
    esac
    echo "$word" >> queue.txt
    date="2024-01-01T00:$number:00+0000"
    [ "$number" -lt 60 ] || date='2024-01-01T01:00:00+0000'
    git add .
    GIT_AUTHOR_DATE="$date" GIT_COMMITTER_DATE="$date" git commit --quiet --message "$word"
    [ "$number" -ne 1 ] || git tag v1
done
