"""`python -m train curves RUN… -o FILE`: the loss curves of one or several runs as a picture (SVG, PNG or PDF by the name).

Left the training loss by stream, right the held-out loss. A run that went on from a checkpoint is one curve.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actors.terminal import console
from actors.trajectory import UserError
from train import run_log

STYLES = ("-", "--", ":", "-.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="what 'python -m train run' wrote (a config's 'out')")
    parser.add_argument("-o", "--out", default="curves.svg", metavar="FILE", help="where to draw (default: curves.svg)")


def run(arguments: argparse.Namespace) -> int:
    draw([Path(place).expanduser() for place in arguments.runs], Path(arguments.out))
    console().print(arguments.out)
    return 0


def draw(runs: Sequence[Path], out: Path) -> None:
    """Draw the runs' curves into `out`. Raises `UserError` for a run without a log and for a picture that cannot be written."""
    read = {path: (run_log.read(path), run_log.read(path, "held_out")) for path in runs}
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError("drawing needs matplotlib: pip install 'matplotlib>=3.10' (this project's extra 'train')") from error
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    trained, held_out = figure.subplots(1, 2)
    streams = sorted({stream for entries, _ in read.values() for entry in entries for stream in entry["loss_by_stream"]})
    colours = {stream: f"C{number}" for number, stream in enumerate(streams)}  # of a stream the same in every run
    for path, style in zip(runs, STYLES * len(runs), strict=False):
        name = f"{path.name}: " if len(runs) > 1 else ""
        _lines(trained, read[path][0], "loss_by_stream", name, style, colours)
        _lines(held_out, read[path][1], "loss", name, style, colours)
    for axes, title in ((trained, "training"), (held_out, "held out")):
        axes.set(title=title, xlabel="step", ylabel="loss, nats a trained token", ylim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    try:
        figure.savefig(out, metadata={"Date": None} if out.suffix == ".svg" else None)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot draw into '{out}': {error}") from error


def _lines(axes: Any, entries: Sequence[dict[str, Any]], key: str, name: str, style: str, colours: dict[str, str]) -> None:
    for stream, colour in colours.items():
        points = [(entry["step"], entry[key][stream]) for entry in entries if stream in entry[key]]
        if points:
            axes.plot(*zip(*points, strict=True), style, marker=".", markersize=3, color=colour, label=name + stream, linewidth=1.4)
