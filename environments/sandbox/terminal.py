"""A terminal's bytes to plain text: what a person would have read on the screen, without the escapes that coloured it.

AgentBench's first harness left the escapes in, which is why some published trajectories contain them; its later ones
remove them.
"""

from __future__ import annotations

import re

ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # OSC … BEL or ST
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\|$)"  # DCS, SOS, PM, APC … ST
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-Z\\^-~]?"  # two-byte escapes, character sets
)
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain_text(output: bytes) -> str:
    """`output` as UTF-8 with replacement, without escapes and control characters; a carriage return starts its line
    again.
    """
    text = ESCAPES.sub("", output.decode("utf-8", "replace"))
    text = re.sub(r"\r+\n", "\n", text)
    if "\r" in text:
        text = "\n".join(overwritten(line) for line in text.split("\n"))
    return CONTROLS.sub("", text)


def overwritten(line: str) -> str:
    """What a line with carriage returns shows in the end: each part written over the last from the left."""
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part) :]
    return shown
