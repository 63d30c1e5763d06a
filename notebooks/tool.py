"""Runs bisectstat for the notebooks, and reads what it writes."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import polars as pl
import polars.selectors as cs

ROOT = Path(__file__).resolve().parent.parent
BUILT = ("release", "debug")

pl.Config(
    tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, tbl_rows=40, tbl_cols=20,
    tbl_width_chars=160, fmt_str_lengths=90,
)


def program():
    """`$BISECTSTAT`, else what cargo built last, else what is installed."""
    told = os.environ.get("BISECTSTAT")
    if told:
        return told
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    built = [path for path in (target / profile / "bisectstat" for profile in BUILT) if path.exists()]
    found = max(built, key=lambda path: path.stat().st_mtime, default=None) or shutil.which("bisectstat")
    if not found:
        raise FileNotFoundError("there is no bisectstat: cargo build --release, or set BISECTSTAT")
    return str(found)


def bisectstat(*arguments, folder=ROOT):
    """What the program prints; paths are taken from `folder`, by default the project's."""
    command = [program(), "--color", "never", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\nexit code {done.returncode}\n{done.stderr}")
    return done.stdout


def answer(*arguments, folder=ROOT):
    """What the program prints as JSON."""
    return json.loads(bisectstat(*arguments, "--format", "json", folder=folder))


def frames(folder):
    """The frames of `analyze -o`, by name."""
    return {path.stem: pl.read_parquet(path) for path in sorted(Path(folder).glob("*.parquet"))}


def rounded(frame, digits=3):
    """A frame to show: the last digits of a float may differ from machine to machine."""
    return frame.with_columns(cs.float().round_sig_figs(digits))
