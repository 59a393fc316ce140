"""The command that an agent most likely meant: AgentBench's matching of actions by BLEU (SPEC 2.1).

In a module of its own, since importing nltk takes a second: only workers do.
"""

from __future__ import annotations

from collections.abc import Sequence

from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

LEAST_SCORE = 0.01
"""A command that is no more like an action than this is not what was meant."""

_smoothed = SmoothingFunction().method4


def closest(action: str, commands: Sequence[str]) -> str:
    """The action itself where it is a command, else the command most like it (the first of equals), else the action."""
    if action in commands or not commands:
        return action
    best = max(commands, key=lambda command: likeness(action, command))
    return best if likeness(action, best) > LEAST_SCORE else action


def likeness(action: str, command: str) -> float:
    """Sentence BLEU of an action against a command, up to 1: words are split at spaces, empty counts are smoothed by
    Chen and Cherry's fourth method.
    """
    score: float = sentence_bleu([command.split()], action.split(), smoothing_function=_smoothed)
    return score
