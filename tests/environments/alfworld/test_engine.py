"""The engine plays as TextWorld's own does, game after game."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from environments.alfworld.games.household import Game, TaskType
from environments.alfworld.games.problem import problem
from environments.alfworld.generate import generate
from environments.alfworld.logic import rules
from environments.alfworld.payload import read_payload
from environments.alfworld.settings import Commands
from tests.environments.alfworld.homes import GOALS, a_task

if TYPE_CHECKING:
    from environments.alfworld.engine import Engine

pytestmark = pytest.mark.usefixtures("textworld")


@pytest.fixture(scope="module")
def engine(textworld: None) -> Engine:
    from environments.alfworld.engine import Engine

    return Engine("put", "/nowhere")


def textworlds_own(game: Game, commands: Commands) -> Any:
    """The same game in TextWorld's environment."""
    from textworld import EnvInfos
    from textworld.envs.pddl import PddlEnv

    from environments.alfworld.games.names import names

    domain, grammar = rules(commands)
    environment = PddlEnv(EnvInfos(won=True, admissible_commands=True))
    grammar = grammar.replace("UNKNOWN GOAL", game.goal.text)
    environment.load({"pddl_domain": domain, "grammar": grammar, "pddl_problem": problem(game)})
    for key, name in names(environment._entity_infos).items():
        environment._entity_infos[key].name = name
    return environment


@pytest.mark.slow
@pytest.mark.parametrize("commands", ["put", "move"])
def test_a_walk_is_told_in_the_same_words_as_by_textworld_itself(commands: Commands) -> None:
    from environments.alfworld.engine import Engine

    ours = Engine(commands, "")
    for name in ("put", "examine"):
        payload = a_task(name).payload
        game = read_payload(payload)
        assert isinstance(game, Game)
        theirs = textworlds_own(game, commands)
        turn, state = ours.load(payload), theirs.reset()
        assert turn["observation"] == "\n".join(state.feedback.split("\n\n")[1:])
        draw = Random(7)
        for _ in range(40):
            assert set(turn["actions"]) == set(state.admissible_commands) - ({"help"} if commands == "put" else set())
            command = draw.choice(turn["actions"])
            turn, (state, _, done) = ours.step(command), theirs.step(command)
            assert (turn["observation"], turn["won"]) == (state.feedback, done)


def test_a_game_does_not_remember_the_one_before(engine: Engine) -> None:
    first = engine.load(a_task().payload)
    for action in ("go to cabinet 2", "open cabinet 2", "take mug 1 from cabinet 2"):
        engine.step(action)
    engine.load(a_task("heat").payload)
    assert engine.load(a_task().payload) == first


def test_agentbenchs_grammar_has_no_help(engine: Engine) -> None:
    turn = engine.load(a_task().payload)
    assert "help" not in turn["actions"]
    assert engine.step("help")["observation"] == "Nothing happens."


def test_generated_games_load_and_are_not_won_yet(engine: Engine) -> None:
    for task in generate(6, 3, "train"):
        turn = engine.load(task.payload)
        assert not turn["won"]
        assert turn["observation"].startswith("You are in the middle of a room.")


def downloaded(folder: Path, text: str, problem_text: str) -> str:
    """A game as alfworld-download leaves one; its path below the folder."""
    path = "json_2.1.1/train/pick_and_place_simple-Mug-None-DiningTable-1/trial_1/game.tw-pddl"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    grammar = f'"task": [{{"rhs": "Your task is to: {text}."}}]'
    content = {"pddl_domain": "…", "grammar": grammar, "pddl_problem": problem_text, "solvable": True}
    (folder / path).write_text(json.dumps(content))
    return path


def test_a_downloaded_game_is_played_with_the_rules_of_the_settings(tmp_path: Path, textworld: None) -> None:
    from environments.alfworld.engine import Engine

    game = read_payload(a_task().payload)
    assert isinstance(game, Game)
    path = downloaded(tmp_path, "put a mug in diningtable", problem(game))
    turn = Engine("put", str(tmp_path)).load({"game": path})
    assert turn["observation"].endswith("\nYour task is to: put a mug in diningtable.")


@pytest.mark.parametrize("text", ["{__import__('os').abort()}", "#look.feedback#", 'a", "b": "'])
def test_a_games_sentence_is_never_evaluated(text: str, tmp_path: Path, engine: Engine) -> None:
    path = downloaded(tmp_path, text, "")
    with pytest.raises(ValueError, match="its grammar names no task"):
        engine.load({"game": str(tmp_path / path)})


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"pddl_problem": 1, "grammar": "Your task is to: x."}', "{" * 9000]
)
def test_a_file_that_is_no_game_is_told_by_its_name(content: str, tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / downloaded(tmp_path, "x", "")
    path.write_text(content)
    with pytest.raises(ValueError, match=r"game.tw-pddl' is no game of ALFWorld's"):
        engine.load({"game": str(path)})


def test_every_type_of_task_has_a_home(engine: Engine) -> None:
    kinds = {a_task(name).payload["goal"]["task"] for name in GOALS}
    assert kinds == set(TaskType)
