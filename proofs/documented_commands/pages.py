"""The commands that pages show, and what a page says about playing them.

A command stands in a block of ```bash, ```sh or ```console (there behind `$ `), or in one without a language that
begins with one of our programs. What a reader has to have or to put in before it works is said by the page itself, in
comments directly above the block that its readers do not see:

    <!-- not played: REASON -->             the whole block; `not played (START): …` those that begin with START
    <!-- played after: COMMAND -->          what has to be done first
    <!-- played with: TEXT=>OTHER … -->     what is put in the place of TEXT: of a placeholder, of a size
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SHELL = ("bash", "sh", "console")
PROGRAMS = re.compile(
    r"(\$ |\. |python |make |ray |pip |export |torchrun |chromium |agenttuning |\.venv/|\.ci/|OPENAI_API_KEY=)"
)
FENCE = re.compile(r"^ *(?P<ticks>`{3,})(?P<language>[\w-]*) *$")
NOTE = re.compile(
    r"<!-- *(?P<what>not played|played after|played with)(?: \((?P<start>[^)]*)\))?: *(?P<text>.*?) *-->", re.DOTALL
)


class Note(NamedTuple):
    """What a page says about the block under it."""

    what: str
    text: str
    start: str = ""


class Command(NamedTuple):
    """A documented command: where it stands, as it is shown, and as it is played (empty: it is not)."""

    page: str
    line: int
    shown: str
    played: str
    reason: str = ""
    documented: bool = True


class Block(NamedTuple):
    """A block of commands, and the notes above it."""

    page: str
    line: int
    language: str
    text: str
    notes: tuple[Note, ...]

    @property
    def shell(self) -> str:
        """What a reader types: of a console, what stands behind its prompt."""
        lines = self.text.splitlines()
        if not any(line.startswith("$ ") for line in lines):
            return self.text
        typed, goes_on = [], False
        for line in lines:
            here = goes_on or line.startswith("$ ")
            typed.append(
                line.removeprefix("$ ") if here else ""
            )  # output leaves its line, so that lines keep their numbers
            goes_on = here and line.endswith("\\")
        return "\n".join(typed) + "\n"


def blocks(page: Path, root: Path) -> Iterator[Block]:
    """The page's blocks of commands, in its order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    number = above = 0
    while number < len(lines):
        if not (fence := FENCE.match(lines[number])):
            number += 1
            continue
        begin = end = number + 1
        while end < len(lines) and lines[end].strip() != fence["ticks"]:
            end += 1
        text = "\n".join(lines[begin:end]) + "\n"
        if fence["language"] in SHELL or (not fence["language"] and PROGRAMS.match(text)):
            notes = notes_at_the_end("\n".join(lines[above:number]))
            yield Block(str(page.relative_to(root)), begin, fence["language"], text, notes)
        number = above = end + 1


def notes_at_the_end(text: str) -> tuple[Note, ...]:
    """The notes that stand directly above a block: nothing but they and white space between."""
    found: list[Note] = []
    while text := text.rstrip():
        note = next((note for note in NOTE.finditer(text) if note.end() == len(text)), None)
        if note is None:
            break
        found.insert(0, Note(note["what"], note["text"], note["start"] or ""))
        text = text[: note.start()]
    return tuple(found)


def split(shell: str) -> Iterator[tuple[int, str]]:
    """The commands of a shell text one by one, each with the number of its first line; comments are left out."""
    gathered: list[str] = []
    for number, line in enumerate(shell.splitlines()):
        if not gathered and (not line.strip() or line.lstrip().startswith("#")):
            continue
        gathered.append(line)
        whole = "\n".join(gathered)
        if not line.endswith("\\") and not mistake(whole):
            yield number - len(gathered) + 1, whole
            gathered = []
    if gathered:
        yield number - len(gathered) + 1, "\n".join(gathered)


def mistake(shell: str) -> str:
    """Why bash cannot read this; empty where it can."""
    read = subprocess.run(["bash", "-n", "-c", shell], capture_output=True, text=True, timeout=20, check=False)
    return read.stderr.strip()


def commands(block: Block) -> Iterator[Command]:
    """What the block has a reader do, after what its notes have to be done before."""
    notes = {what: [note for note in block.notes if note.what == what] for what in ("played after", "not played")}
    swaps = [swap for note in block.notes if note.what == "played with" for swap in shlex.split(note.text)]
    found = [(block.line + offset + 1, text) for offset, text in split(block.shell)]
    reasons = {text: refusal(text, notes["not played"]) for _, text in found}
    if not all(reasons.values()):
        for note in notes["played after"]:
            yield Command(block.page, block.line, note.text, note.text, documented=False)
    for line, text in found:
        played = "" if reasons[text] else swapped(text, swaps)
        yield Command(block.page, line, without_comment(text), played, reasons[text])


def refusal(command: str, notes: list[Note]) -> str:
    """Why the page says that this one is not played; empty where it does not."""
    return next((note.text for note in notes if command.startswith(note.start)), "")


def swapped(command: str, swaps: list[str]) -> str:
    """The command with every `TEXT=>OTHER` put in."""
    for swap in swaps:
        text, _, other = swap.partition("=>")
        command = command.replace(text, other)
    return command


def without_comment(command: str) -> str:
    """The command for a table: one line, without what is said behind it."""
    return " ".join(re.sub(r"\s+#\s.*$", "", line).rstrip("\\").strip() for line in command.splitlines())
