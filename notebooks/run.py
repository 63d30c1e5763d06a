"""Executes the notebooks and compares their outputs with the committed ones. `run.sh` sets up what this needs."""

import argparse
import difflib
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from traitlets.config import Config

import tool

HERE = Path(__file__).resolve().parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def plain(notebook):
    """The notebook without what depends on machine and moment."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number:02}"
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    return notebook


def joined(outputs):
    """Outputs with each stream in one piece: where it is cut depends on the moment."""
    pieces = []
    for output in outputs:
        if output.output_type == "stream" and pieces and pieces[-1].get("name") == output.name:
            pieces[-1].text += output.text
        else:
            pieces.append(output)
        if "metadata" in output:
            output.metadata = {}
    return pieces


def executed(notebook):
    """A copy with fresh outputs; files are found as from the notebook's own folder."""
    fresh = nbformat.from_dict(notebook)
    options = {"kernel_name": "python3", "timeout": 240, "record_timing": False}
    resources = {"metadata": {"path": str(HERE)}}
    with tempfile.TemporaryDirectory() as folder:
        # The kernel is spoken to by files that nobody else can open, not by ports of the machine.
        by_file = Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})
        NotebookClient(fresh, config=by_file, resources=resources, **options).execute()
    return plain(fresh)


def shown(cell):
    """What a cell shows, by kind. Of a picture only that there is one: its numbers are in its text."""
    texts = {}
    for number, output in enumerate(cell.get("outputs", [])):
        if output.output_type == "stream":
            texts[output.name] = texts.get(output.name, "") + output.text
        elif output.output_type == "error":
            texts["error"] = f"{output.ename}: {output.evalue}"
        else:
            for kind, value in output.data.items():
                texts[f"output {number}, {kind}"] = "a picture" if kind.startswith("image/") else value
    return texts


def differences(name, committed, fresh):
    """A diff for each cell that shows something else."""
    found = []
    for number, (old, new) in enumerate(zip(committed.cells, fresh.cells, strict=True), 1):
        ours, theirs = shown(old), shown(new)
        kinds = sorted(kind for kind in ours.keys() | theirs.keys() if ours.get(kind) != theirs.get(kind))
        # A table is there as text and as HTML: the text is easier to read.
        kinds = [kind for kind in kinds if not kind.endswith("text/html")] or kinds
        for kind in kinds:
            place = f"notebooks/{name}, cell {number}, {kind}"
            lines = (texts.get(kind, "").splitlines() for texts in (ours, theirs))
            diff = difflib.unified_diff(*lines, f"{place} (committed)", f"{place} (now)", n=1, lineterm="")
            found.append("\n".join(diff))
    return found


def keep_pictures(committed, fresh):
    """Takes the committed picture where its numbers are the same: its bytes would only differ by machine."""
    for old, new in zip(committed.cells, fresh.cells, strict=True):
        if old.cell_type == "code" and shown(old) == shown(new):
            new.outputs = old.outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="commit what the notebooks show now")
    options = parser.parse_args()
    try:
        tool.program()
    except FileNotFoundError as error:
        parser.error(str(error))
    changed = []
    for path in sorted(HERE.glob("*.ipynb")):
        committed = nbformat.read(path, as_version=4)
        try:
            fresh = executed(committed)
        except (CellExecutionError, CellTimeoutError) as error:
            print(f"notebooks/{path.name} fails:\n{COLOUR.sub('', str(error))}", file=sys.stderr)
            sys.exit(1)
        found = differences(path.name, committed, fresh)
        print(f"{path.name}: {'as committed' if not found else f'{len(found)} outputs differ'}")
        changed += found
        if options.update:
            keep_pictures(committed, fresh)
            nbformat.write(fresh, path)
    if changed and not options.update:
        print(*changed, sep="\n\n")
        print("\nIf the new figures are right: notebooks/run.sh --update, and read what `git diff` says.")
        sys.exit(1)


if __name__ == "__main__":
    main()
