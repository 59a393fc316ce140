"""TextWorld's PDDL engine, in a worker: plays one game after the other.

`textworld.envs.pddl.PddlEnv` would do the same and take several times as long: to load a game it parses the grammar and
translates the problem four times (to load and to reset, and each time once more for a planner that nobody asks), and at
every step it derives the wording of every possible command. A new one for each game also leaks megabytes, and none
bears threads. The words are the same: a test walks through games in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import fast_downward
import textworld.logic
from fast_downward.translate.pddl.conditions import Atom as ConditionAtom
from textworld.envs.pddl.logic import Atom, GameLogic, PddlState
from textworld.generator.game import EntityInfo
from textworld.logic import Action, Proposition, State, Type, Variable

from environments.alfworld.closest import closest
from environments.alfworld.game_file import Playable, read_game_file
from environments.alfworld.games.names import names
from environments.alfworld.games.problem import problem
from environments.alfworld.grammar import NOTHING
from environments.alfworld.logic import HELP, rules
from environments.alfworld.payload import GameFile, read_payload
from environments.alfworld.settings import Commands

_PLACE = "[{r.name | receptacleatlocation(r:receptacle, lend:location)}]"
"""How the grammar calls the place that one goes to. The action knows which place it is, and deriving takes 10 ms."""


class Engine:
    """A worker's games. `commands` is the grammar's dialect; `data` is where games' paths begin."""

    def __init__(self, commands: Commands, data: str) -> None:
        self._data = Path(data)
        self._dialect = commands
        self._logic = GameLogic(*rules(commands))
        self._library = fast_downward.load_lib()

    def load(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a game: what the agent sees and is to do. Raises `ValueError` for a payload that is no game."""
        game = self._read(payload)
        self._game = _Game(self._library, game.problem, self._logic)
        seen = self._game.words("#look.feedback#", {})
        return self._turn(f"{seen}\nYour task is to: {game.text}.")

    def step(self, action: str) -> dict[str, Any]:
        """Carry out the command that is meant by an action (`closest`), and say which that was."""
        command = closest(action, self._possible)
        done = self._commands.get(command)
        return {"command": command, **self._turn(NOTHING if done is None else self._game.carry_out(done))}

    def _read(self, payload: Mapping[str, Any]) -> Playable:
        game = read_payload(payload)
        if isinstance(game, GameFile):
            return read_game_file(self._data / game.game)
        return Playable(problem(game), game.goal.text)

    def _turn(self, observation: str) -> dict[str, Any]:
        self._commands = self._game.commands()
        if self._dialect == "put":
            self._commands.pop(HELP, None)
        self._possible = sorted(self._commands)
        return {"observation": observation, "actions": self._possible, "won": bool(self._game.check_goal())}


class _Game(PddlState):  # type: ignore[misc]
    """The state of a game, and how it is put into words."""

    def __init__(self, library: Any, problem: str, logic: GameLogic) -> None:
        State.__init__(self, textworld.logic.GameLogic())
        self._logic, self.downward_lib = logic, library
        self.task, sas = _translated(logic.domain, problem)
        library.load_sas(sas.encode())
        for kind in self.task.types:
            if kind.name not in {known.name for known in logic.types}:
                logic.types.add(Type(kind.name, kind.supertype_names))
        self._actions = {action.name: action for action in self.task.actions}
        self.name2type = {entity.name: entity.type_name for entity in self.task.objects}
        self._entities = {key: _entity(key, name) for key, name in names(self.name2type).items()}
        self.add_facts(self._at_the_start())

    def _at_the_start(self) -> Iterator[Proposition]:
        """What is true: the facts that never change from the problem, the others from the engine."""
        for atom in self.task.init:
            if isinstance(atom, ConditionAtom) and atom.predicate != "=":
                yield Proposition(atom.predicate, [Variable(name, self.name2type[name]) for name in atom.args])
        atoms = (Atom * self.downward_lib.get_state_size())()
        self.downward_lib.get_state(atoms)
        yield from (fact for fact in (atom.get_fact(self.name2type) for atom in atoms) if not fact.is_negation)

    def commands(self) -> dict[str, Action]:
        """Every action that is possible now, by the command for it; the first where several have one."""
        found: dict[str, Action] = {}
        for action in self.all_applicable_actions():
            found.setdefault(self._command(action), action)
        return found

    def _command(self, action: Action) -> str:
        """The template with the arguments' names; it is derived where it is more than that."""
        template: str = action.command_template.replace(_PLACE, "{r}")
        if "[" in template:
            template = self.words(template, action.mapping)
        return template.format(**{one.name: self._entities[value.name].name for one, value in action.mapping.items()})

    def carry_out(self, action: Action) -> str:
        """What is said to it."""
        self.apply(action)
        return self.words(action.feedback_rule, action.mapping)

    def words(self, symbol: str, mapping: Mapping[Any, Variable]) -> str:
        """A symbol of the grammar, derived for an action's arguments."""
        context = {
            "state": self,
            "facts": (),
            "variables": {placeholder.name: self._entities[one.name] for placeholder, one in mapping.items()},
            "mapping": mapping,
            "entity_infos": self._entities,
        }
        derived: str = self._logic.grammar.derive(symbol, context)
        return derived


@lru_cache(maxsize=2)  # a task is often played several times in a row
def _translated(domain: str, problem: str) -> tuple[Any, str]:
    """A problem as Fast Downward reads it: its parts, and the file for the engine. Takes most of a load."""
    task, sas = fast_downward.pddl2sas(domain, problem)
    return task, sas


def _entity(key: str, name: str) -> EntityInfo:
    entity = EntityInfo(key, "")
    entity.name, entity.definite, entity.indefinite = name, "the", "a"
    return entity
