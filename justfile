# The handful of commands, by name: `just` lists them. Each is one line that can be typed without just, too.

export CARGO_TERM_COLOR := env("CARGO_TERM_COLOR", "auto")

_default:
    @just --list --unsorted

# All tests, or those of one file: just test gate
test file="":
    cargo test {{ if file == "" { "" } else { "--test it " + file + "::" } }}

# What CI runs
ci:
    .ci/run

# Format and lint
lint:
    cargo fmt
    rustfmt --edition 2024 src/finding/*.rs
    cargo clippy --all-targets -- -D warnings

# Licences, sources and advisories of what is built in (cargo install cargo-deny)
deny:
    cargo deny check

# Speed, all of it or one file: just bench posterior
bench file="":
    cargo bench {{ if file == "" { "" } else { "--bench " + file } }}

# One target of the fuzzer: just fuzz junit 60
fuzz target seconds="60":
    fuzz/run {{ target }} {{ seconds }}

# Write the snapshots anew, then show what changed: read every line
snapshots:
    INSTA_UPDATE=always cargo test
    git diff --stat -- '*.snap'

# What is written by tests: the rules' pages, the gallery of charts, what pages show
pages:
    UPDATE_PAGES=1 cargo test --test it -- rules:: charts:: pages:: book::

# The figures of docs/calibration.md; takes long
calibration:
    docs/calibration.sh

# The weights of p_right and the figures that pages quote of it, from labelled bisections
blame study *judged:
    docs/blame.sh {{ study }} {{ judged }}

# The notebooks, executed and compared; with --update their figures are written anew
notebooks *flags:
    cargo build
    notebooks/run.sh {{ flags }}

# A Python wheel, built, installed and tried; it is left in dist/
wheel profile="release":
    .ci/wheel {{ profile }} dist

# The page that analyses in a browser; it is left in examples/web/dist/
web:
    examples/web/build

# The container, built and tried
image:
    docker build --tag bisectstat .
    .ci/image bisectstat

# The library's reference
doc:
    cargo doc --no-deps --open
