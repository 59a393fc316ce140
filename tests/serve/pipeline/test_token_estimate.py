from __future__ import annotations

import pytest

from actors.service.settings import TaskSource
from environments.description import EpisodeProfile
from environments.registry import all_registered
from serve.pipeline.openings import sampled
from serve.pipeline.token_estimate import traffic


def test_every_prompt_holds_all_turns_before_it():
    course = EpisodeProfile(turns=3, reply=40, observation=60)
    prompts = [100, 100 + 100, 100 + 200]
    found = traffic(5, 100, course, characters_per_token=4)
    assert found.prompt_tokens == pytest.approx(5 * sum(prompts) / 4)
    assert found.completion_tokens == pytest.approx(5 * 3 * 40 / 4)


def test_an_episode_of_one_turn_is_its_opening():
    assert traffic(1, 400, EpisodeProfile(1, 40, 60), 4).prompt_tokens == pytest.approx(100)


@pytest.mark.parametrize("environment", all_registered())
def test_openings_are_measured_without_the_environment(environment: str):
    texts = sampled(TaskSource(environment=environment, generate=3), {}, "train", 1)
    assert len(texts) == 3
    assert all(texts)


def test_fewer_tasks_than_would_be_sampled_are_enough():
    assert len(sampled(TaskSource(environment="database", generate=30, limit=2), {}, "train", 1)) == 2
