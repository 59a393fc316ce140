"""ALFWorld's rules: its PDDL domain and its TextWorld grammar, from the data files of the installed package `alfworld`.

Nothing of `alfworld` is imported, since its modules want torch. Games hold a copy of both files with the task written
into the grammar; here these are read once, and never changed by a game.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from environments.alfworld.settings import Commands
from environments.contract import UserError

PACKAGES = ("textworld", "fast_downward", "nltk", "alfworld")
HELP = "help"
"""A command of today's grammar alone."""

_AGENTBENCHS = {
    '"You arrive at {r.name}. ': '"You arrive at {lend.name}. ',
    '"You move the {o.name} to the {r.name}."': '"You put the {o.name} in/on the {r.name}."',
    '"move {o} to {r}"': '"put {o} in/on {r}"',
}
"""What AgentBench's grammar says in place of today's."""


class Rules(NamedTuple):
    """A domain in PDDL, and a grammar in TextWorld's language."""

    domain: str
    grammar: str


def check_installed() -> None:
    """Raises `UserError` where a package that the games need is not installed."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise UserError(f"alfworld needs {', '.join(missing)}, not installed here: run '.ci/install-alfworld'")


def rules(commands: Commands) -> Rules:
    """The rules with the commands of AgentBench (`put`), or of today's alfworld (`move`). Raises `UserError`."""
    folder = _folder()
    domain, grammar = [_read(folder / name) for name in ("alfred.pddl", "alfred.twl2")]
    if commands == "put":
        for today, agentbenchs in _AGENTBENCHS.items():
            if today not in grammar:
                raise UserError(f"{folder / 'alfred.twl2'} does not say {today}: install alfworld 0.4.2")
            grammar = grammar.replace(today, agentbenchs)
    return Rules(domain, grammar)


def _folder() -> Path:
    check_installed()
    spec = find_spec("alfworld")
    assert spec is not None
    return Path(next(iter(spec.submodule_search_locations or [""]))) / "data"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}): run '.ci/install-alfworld'") from None
