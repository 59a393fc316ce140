"""`python -m train curves RUN… -o FILE`: the loss curves of one or several runs as a picture (SVG, PNG or PDF by the
name).

Left the training loss by stream, right the held-out loss. A run that went on from a checkpoint is one curve.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actors.program.terminal import console, one_line
from actors.program.user_error import UserError
from train.log import run_log

STYLES = ("-", "--", ":", "-.")
_INK = "#010203"  # stands for the colour of a page's own text until the picture is part of it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="what 'python -m train run' wrote (a config's 'out')")
    parser.add_argument("-o", "--out", default="curves.svg", metavar="FILE", help="where to draw (default: curves.svg)")


def run(arguments: argparse.Namespace) -> int:
    draw([Path(place).expanduser() for place in arguments.runs], Path(arguments.out))
    console().print(arguments.out)
    return 0


def draw(runs: Sequence[Path], out: Path) -> None:
    """Draw the runs' curves into `out`.

    Raises `UserError` for a run without a log and for a picture that cannot be written.
    """
    figure = _figure(runs)
    try:
        figure.savefig(out, metadata={"Date": None} if out.suffix == ".svg" else None)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot draw into '{out}': {error}") from error


def svg(runs: Sequence[Path]) -> str:
    """The same picture as one `<svg>` element to put into a page: without a background, its words as text in the page's
    colour.
    """
    figure, drawn = _figure(runs, _INK), io.StringIO()
    from matplotlib import rc_context

    without = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "curves"}):
        figure.savefig(drawn, format="svg", transparent=True, metadata=without)
    picture = drawn.getvalue()
    return picture[picture.index("<svg") :].replace(_INK, "currentColor").strip()


def _figure(runs: Sequence[Path], ink: str = "black") -> Any:
    read = {path: (run_log.read(path), run_log.read(path, "held_out")) for path in runs}
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError(
            "drawing needs matplotlib: pip install 'matplotlib>=3.10' (this project's extra 'train')"
        ) from error
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    trained, held_out = figure.subplots(1, 2)
    streams = sorted(
        {stream for entries, _ in read.values() for entry in entries for stream in _losses(entry, "loss_by_stream")}
    )
    colours = {stream: f"C{number}" for number, stream in enumerate(streams)}  # of a stream the same in every run
    for path, style in zip(runs, STYLES * len(runs), strict=False):
        name = f"{path.name}: " if len(runs) > 1 else ""
        _lines(trained, read[path][0], "loss_by_stream", name, style, colours)
        _lines(held_out, read[path][1], "loss", name, style, colours)
    for axes, title in ((trained, "training"), (held_out, "held out")):
        axes.set_title(title, color=ink)
        axes.set_xlabel("step", color=ink)
        axes.set_ylabel("loss, nats a trained token", color=ink)
        axes.set_ylim(0, None)
        axes.tick_params(color=ink, labelcolor=ink)
        axes.spines[:].set_color(ink)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        if axes.lines:
            for text in axes.legend(fontsize="small", labelcolor=ink, frameon=ink == "black").get_texts():
                text.set_parse_math(False)
    return figure


def _lines(
    axes: Any, entries: Sequence[dict[str, Any]], key: str, name: str, style: str, colours: dict[str, str]
) -> None:
    for stream, colour in colours.items():
        points = [(entry["step"], losses[stream]) for entry in entries if stream in (losses := _losses(entry, key))]
        if points:
            label = one_line(name + stream)
            axes.plot(
                *zip(*points, strict=True), style, marker=".", markersize=3, color=colour, label=label, linewidth=1.4
            )


def _losses(entry: dict[str, Any], key: str) -> dict[str, float]:
    """By stream; nothing where the run wrote another form."""
    found = entry.get(key)
    return found if isinstance(found, dict) else {}
