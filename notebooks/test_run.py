"""A figure that has changed is found, and said where; the rest of a run is not compared."""

import copy
import re
import unittest
from pathlib import Path

import nbformat

import run
import theme

HERE = Path(__file__).resolve().parent
NOTEBOOKS = {path.name: nbformat.read(path, as_version=4) for path in sorted(HERE.glob("*.ipynb"))}


def with_another_digit(text):
    """The text with its last digit counted on."""
    return re.sub(r"(\d)(\D*)$", lambda m: str((int(m[1]) + 1) % 10) + m[2], text, count=1)


class Compare(unittest.TestCase):
    def test_a_notebook_is_like_itself(self):
        for name, notebook in NOTEBOOKS.items():
            self.assertEqual(run.differences(name, notebook, copy.deepcopy(notebook)), [])

    def test_one_digit_anywhere_is_found(self):
        tried = 0
        for name, notebook in NOTEBOOKS.items():
            for number, cell in enumerate(notebook.cells, 1):
                for place, output in enumerate(cell.get("outputs", [])):
                    texts = output.get("data", output)
                    for kind in {"text", "text/plain", "text/html"} & texts.keys():
                        altered = copy.deepcopy(notebook)
                        output = altered.cells[number - 1].outputs[place]
                        target = output.get("data", output)
                        target[kind] = with_another_digit(texts[kind])
                        if target[kind] == texts[kind]:
                            continue
                        found = run.differences(name, altered, notebook)
                        self.assertEqual(len(found), 1)
                        self.assertIn(f"notebooks/{name}, cell {number}, ", found[0])
                        tried += 1
        self.assertGreater(tried, 30)

    def test_a_picture_is_compared_by_its_numbers(self):
        for name, notebook in NOTEBOOKS.items():
            altered = copy.deepcopy(notebook)
            for cell in altered.cells:
                for output in cell.get("outputs", []):
                    if "image/png" in output.get("data", {}):
                        output.data["image/png"] = "other bytes"
            self.assertEqual(run.differences(name, altered, notebook), [])

    def test_what_is_missing_is_found(self):
        for name, notebook in NOTEBOOKS.items():
            altered = copy.deepcopy(notebook)
            cell = next(cell for cell in altered.cells if cell.get("outputs"))
            cell.outputs = []
            self.assertTrue(run.differences(name, altered, notebook))

    def test_no_notebook_names_its_machine(self):
        for name, notebook in NOTEBOOKS.items():
            text = "\n".join(text for cell in notebook.cells for text in run.shown(cell).values())
            self.assertNotRegex(text, r"/tmp/|/home/|/root/|/Users/", name)


class Theme(unittest.TestCase):
    def test_colours_are_those_of_the_charts(self):
        source = (HERE.parent / "src/chart/theme.rs").read_text(encoding="utf-8")
        inks = re.findall(r"Self::(\w+) => \[0x(\w\w)_(\w\w)_(\w\w),", source)
        self.assertEqual(len(inks), 9)
        for name, *rgb in inks:
            self.assertEqual(getattr(theme, name.upper()), "#" + "".join(rgb))


if __name__ == "__main__":
    unittest.main()
