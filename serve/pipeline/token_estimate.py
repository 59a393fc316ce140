"""How many tokens a set of episodes takes, estimated before any is played: prompts grow with every turn.

Turns are those of the trajectories that AgentTuning kept (SPEC 1.1), replies and observations as long as in published
AgentInstruct records (means of the five samples of a split; the database's observation is assumed). What fails tends to
be longer, and what a provider caches costs less.
"""

from __future__ import annotations

from typing import NamedTuple

from environments.description import EpisodeProfile

CHARACTERS_PER_TOKEN = 4.0


class TokenEstimate(NamedTuple):
    """Episodes, and the tokens that they take in all."""

    episodes: int
    turns: float
    opening_tokens: float
    prompt_tokens: float
    completion_tokens: float


def traffic(
    episodes: int, opening_characters: float, course: EpisodeProfile, characters_per_token: float
) -> TokenEstimate:
    """The t-th prompt holds the opening and t replies with their observations: T·opening + T(T−1)/2·(reply +
    observation) in all.
    """
    turns = course.turns
    growth = max(0.0, turns * (turns - 1) / 2) * (course.reply + course.observation)
    prompts = (turns * opening_characters + growth) / characters_per_token
    completions = turns * course.reply / characters_per_token
    return TokenEstimate(
        episodes=episodes,
        turns=turns,
        opening_tokens=opening_characters / characters_per_token,
        prompt_tokens=episodes * prompts,
        completion_tokens=episodes * completions,
    )
