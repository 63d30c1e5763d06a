"""The look of the project's charts, as in `src/chart/theme.rs`, on light ground.

A picture is shown with the numbers that it draws as its text: readers without pictures have them, and they are what a new
run is compared by, since the pixels of two machines may differ.
"""

import io

import numpy as np
from IPython.display import display
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator

PAPER, STRONG, FAINT, GRID, BAND = "#FFFFFF", "#18181C", "#52525B", "#DDDDE2", "#FEF0C0"
REPORTED, OTHER, PASS, VOID = "#C23B0C", "#005F9E", "#006E52", "#6B6B75"
rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.color": STRONG,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": FAINT,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.titlecolor": FAINT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "xtick.color": FAINT,
        "ytick.color": FAINT,
        "legend.frameon": False,
        "figure.facecolor": PAPER,
    }
)


def figure(message, height=3.0, columns=1, **shared):
    """A figure that says `message`, with its axes: one, or a row of them. `shared` as for `Figure.subplots`."""
    drawn = Figure(figsize=(8.0, height), layout="constrained")
    FigureCanvasAgg(drawn)
    drawn.suptitle(message, x=0.01, ha="left", fontsize=12, color=STRONG)
    return drawn, drawn.subplots(1, columns, **shared)


def bars(axes, names, values, colours):
    """One bar a name, the first at the bottom."""
    axes.barh(range(len(names)), values, color=colours)
    axes.set_yticks(range(len(names)), names)
    axes.grid(axis="y", visible=False)


def columns(axes, names, series):
    """For each name a column of every series: (label, values, colour)."""
    width = 0.8 / len(series)
    for place, (label, values, colour) in enumerate(series):
        middle = [i + (place - (len(series) - 1) / 2) * width for i in range(len(names))]
        axes.bar(middle, values, 0.95 * width, color=colour, label=label)
    axes.set_xticks(range(len(names)), names)
    axes.grid(axis="x", visible=False)
    axes.legend(loc="upper left")


def show(drawn):
    """Puts the picture, and in words what it draws, below the cell."""
    png = io.BytesIO()
    drawn.savefig(png, format="png", dpi=96, metadata={"Software": None})
    display({"image/png": png.getvalue(), "text/plain": described(drawn)}, raw=True)


def described(drawn):
    """What a figure draws."""
    lines = [drawn.get_suptitle()]
    for axes in drawn.axes:
        lines += [f"[{axes.get_title('left')}] {axes.get_xlabel()} / {axes.get_ylabel()}"]
        lines += [f"  {name}: {values}" for name, values in _ticks(axes) + _marks(axes)]
    return "\n".join(lines)


def _ticks(axes):
    named = [("x", axes.xaxis), ("y", axes.yaxis)]
    fixed = [(name, axis) for name, axis in named if isinstance(axis.get_major_locator(), FixedLocator)]
    return [(name, " | ".join(tick.get_text() for tick in axis.get_ticklabels())) for name, axis in fixed]


def _marks(axes):
    # The caps of an interval say what its line says.
    lines = [line for line in axes.lines if line.get_marker() not in ("_", "|")]
    marks = [(line.get_label(), line.get_xydata()) for line in lines]
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    if boxes:
        marks.append(("boxes", [[box.get_x(), box.get_y(), box.get_width(), box.get_height()] for box in boxes]))
    for marked in axes.collections:
        if isinstance(marked, PathCollection):
            marks.append((marked.get_label(), marked.get_offsets()))
        elif isinstance(marked, LineCollection):
            marks.append((marked.get_label(), [np.ravel(part) for part in marked.get_segments()]))
    marks = [(name if not str(name).startswith("_") else "mark", _numbers(values)) for name, values in marks]
    return marks + [("text", text.get_text()) for text in axes.texts]


def _numbers(rows):
    rows = np.where(np.abs(rows) < 1e-9, 0.0, rows)
    return " ".join("(" + ", ".join(f"{value:.3g}" for value in row) + ")" for row in rows)
