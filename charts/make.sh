#!/usr/bin/env bash
# Draws the gallery anew. A test fails when it is stale.
set -euo pipefail
cd "$(dirname "$0")/.."
UPDATE_PAGES=1 cargo test --test it charts::
