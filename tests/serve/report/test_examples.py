"""Which episodes are shown, and how their messages are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.program.user_error import UserError
from environments.contract import Status
from environments.message import Message
from serve.evaluation.evaluation import EpisodeScore
from serve.report.example_episodes import chosen, examples
from tests.serve.evaluation.evaluations import episode as row
from tests.serve.evaluation.evaluations import evaluation
from tests.serve.report.report_inputs import episode, evaluated

ENDINGS = st.sampled_from(
    [(1.0, Status.COMPLETED), (0.0, Status.COMPLETED), (0.5, Status.COMPLETED), (0.0, Status.PROVIDER_ERROR)]
)


def rows(endings: list[tuple[float, Status]], model: str) -> list[EpisodeScore]:
    return [
        row(f"task-{number}", score, status, episode_id=f"{model}-{number}")
        for number, (score, status) in enumerate(endings)
    ]


@given(pairs=st.lists(st.tuples(ENDINGS, ENDINGS), max_size=8))
def test_each_choice_is_the_first_of_its_kind_in_the_order_of_the_suite(
    pairs: list[tuple[tuple[float, Status], tuple[float, Status]]],
):
    first, second = (evaluation(*rows([pair[side] for pair in pairs], name)) for side, name in ((0, "a"), (1, "b")))
    found = {choice.reason: tuple(each.task_id for each in choice.episodes) for choice in chosen([first, second])}
    expected: dict[str, tuple[str, str]] = {}
    for number, ((before, status), (after, other)) in enumerate(pairs):
        reason = {
            (0, 1): "failed before, solved after",
            (0, 0): "failed before and after",
            (1, 0): "solved before, failed after",
        }
        key = (int(before == 1), int(after == 1))
        if Status.PROVIDER_ERROR not in (status, other) and key in reason:
            expected.setdefault(reason[key], (f"task-{number}", f"task-{number}"))
    assert found == expected


def test_columns_and_environments_each_have_their_own_in_the_suites_order(tmp_path: Path):
    def of(model: str, score: float) -> list[EpisodeScore]:
        return [
            row("3", score, column=column, environment=environment, episode_id=f"{model}-{column}-{environment}")
            for column in ("new", "again")
            for environment in ("operating_system", "database")
        ]

    found = chosen([evaluation(*of("a", 0.0)), evaluation(*of("b", 1.0)), evaluation(*of("c", 1.0))])
    assert [(choice.column, choice.environment, len(choice.episodes)) for choice in found] == [
        ("new", "database", 2),
        ("new", "operating_system", 2),
        ("again", "database", 2),
        ("again", "operating_system", 2),
    ]
    assert all(episode.environment == choice.environment for choice in found for episode in choice.episodes), (
        "two environments' files may share a name"
    )


def test_messages_are_told_apart_by_who_speaks_and_the_opening_stands_once(tmp_path: Path):
    system = (Message("system", "Be brief."), *episode("operating_system", "new", 0, True, "x").messages[:5])
    folders = [
        str(
            evaluated(
                tmp_path / name, name, [("new", episode("operating_system", "new", 0, solved, name, opening=system))]
            )
        )
        for name, solved in (("base", False), ("tuned", True))
    ]
    (example,) = shown(folders)
    assert example.shared_opening
    base, tuned = example.plays
    assert [said.kind for said in tuned.opening] == [
        "system",
        "instruction",
        "demonstration",
        "demonstration",
        "demonstration",
    ]
    assert [(said.kind, said.label) for said in tuned.task] == [("task", "task")]
    assert [(said.kind, said.label) for said in tuned.turns] == [
        ("agent", "agent, turn 1"),
        ("observation", "observation"),
        ("agent", "agent, turn 2"),
    ]
    assert (tuned.turns[0].text, tuned.turns[0].action[:9]) == ("Think: I count the files with find.\n\n", "Act: bash")
    assert (base.solved, tuned.solved, base.ending) == (False, True, "completed")


def test_openings_that_differ_are_each_models_own(tmp_path: Path):
    folders = [
        str(
            evaluated(
                tmp_path / name,
                name,
                [("new", episode("database", "new", 0, solved, name, opening=(Message("user", name),)))],
            )
        )
        for name, solved in (("base", False), ("tuned", True))
    ]
    (example,) = shown(folders)
    assert not example.shared_opening
    assert [play.task[0].text for play in example.plays] == ["base", "tuned"]


def test_an_agent_that_never_spoke_has_a_task_and_no_turns(tmp_path: Path):
    mute = {"replies": (), "status": Status.CONTEXT_LIMIT, "reward": 0.0, "error": "the prompt is too long"}
    folder = evaluated(tmp_path / "base", "base", [("new", episode("database", "new", 0, False, "base", **mute))])
    (example,) = shown([str(folder)])
    (play,) = example.plays
    assert (len(play.opening), [said.kind for said in play.task], play.turns) == (4, ["task"], [])
    assert (play.ending, play.error) == ("context limit", "the prompt is too long")


def test_a_missing_trajectory_is_said(tmp_path: Path):
    folders = [
        str(evaluated(tmp_path / name, name, [("new", episode("database", "new", 0, True, name))]))
        for name in ("base", "other")
    ]
    from serve.evaluation import evaluation as files

    choices = chosen([files.read(folders[0])])
    with pytest.raises(UserError, match=r"other' has no trajectory of its episode 'base-new-database-0'"):
        examples(choices, ["base"], [folders[1]])


def shown(folders: list[str]) -> list:
    from serve.evaluation import evaluation as files

    read = [files.read(folder) for folder in folders]
    return examples(chosen(read), [each.name for each in read], folders)
