"""An episode as it stands between two replies: which step and which of its rounds, what was predicted and done. A pure
value: the session and the reference player both go through it.

A round is one question. A step is the rounds of AgentBench's evaluation. A task is all steps of a recording, one after
the other on the recorded pages, but the previous actions that the agent is told are its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from environments.mind2web.candidates import NOTHING, Prediction, Rounds
from environments.mind2web.dom.deed import deed
from environments.mind2web.dom.page import Element, elements, read_page
from environments.mind2web.dom.question import NONE, Question, ask
from environments.mind2web.grammar import Answer, gold_action
from environments.mind2web.judge import FAILED, StepScore, score
from environments.mind2web.payload import Payload, Step

DECLINED = Prediction("", NONE)
"""What a round knows beside `NOTHING`: that none of the choices is right was said, and not merely nothing."""


@dataclass(frozen=True)
class Course:
    """`predictions` are those of the steps before this one, `done` all actions so far."""

    payload: Payload
    rounds: Rounds
    done: tuple[str, ...]
    predictions: tuple[Prediction, ...] = ()

    @classmethod
    def begin(cls, payload: Payload) -> Course:
        """Before the first question. A step that nobody can answer is passed by, unless it is the only one: AgentBench
        asks nothing there, but an episode has a first reply.
        """
        course = cls(payload, Rounds(tuple(payload.steps[0].candidates)), tuple(payload.previous))
        passed = course._pass_by()
        return course if passed.over else passed

    @property
    def over(self) -> bool:
        return len(self.predictions) == len(self.payload.steps)

    @property
    def step(self) -> Step:
        return self.payload.steps[len(self.predictions)]

    @cached_property
    def page(self) -> Element:
        """The page of the step."""
        return read_page(self.step.page)

    @cached_property
    def question(self) -> Question:
        """What is asked now."""
        return ask(self.page, self.asked)

    @property
    def asked(self) -> tuple[str, ...]:
        """The candidates of the question; of a round all of them."""
        return tuple(self.step.candidates) if self.payload.mode == "round" else self.rounds.asked

    def answered(self, answer: Answer) -> Course:
        """After a reply. Nothing stands under a letter beyond the choices, which counts as none of them."""
        element = self.question.chosen(answer.letter) if answer.letter else None
        chosen = None if element is None else Prediction(element, answer.action)
        if self.payload.mode == "round":
            declined = DECLINED if answer.letter == NONE else NOTHING
            return replace(self, predictions=(chosen or declined,))
        if not can_be_answered(self.step):
            return self._pass_by()
        rounds = self.rounds.answered(chosen)
        return self._predicted(rounds.prediction)._pass_by() if rounds.over else replace(self, rounds=rounds)

    def _pass_by(self) -> Course:
        """The course at the next step that can be answered."""
        course = self
        while not course.over and not can_be_answered(course.step):
            course = course._predicted(NOTHING)
        return course

    def _predicted(self, prediction: Prediction) -> Course:
        """The course at the next step."""
        done = self.done if prediction == NOTHING else (*self.done, self._deed(prediction))
        predictions = (*self.predictions, prediction)
        after = self.payload.steps[len(predictions) :]
        queue = tuple(after[0].candidates) if after else ()
        return Course(self.payload, Rounds(queue), done, predictions)

    def _deed(self, prediction: Prediction) -> str:
        return deed(elements(self.page)[prediction.element], prediction.action)

    def scores(self) -> list[StepScore]:
        """The score of every step; one that was not reached counts 0."""
        if self.payload.mode == "round":
            return [_of_a_round(self.payload.steps[0], *self.predictions)]
        steps = zip(self.payload.steps, self.predictions, strict=False)
        found = [score(made, step.positives, gold_action(step.operation, step.value)) for step, made in steps]
        return found + [FAILED] * (len(self.payload.steps) - len(found))


def can_be_answered(step: Step) -> bool:
    """Whether anybody can be right: there is a right element, and another one beside it."""
    return bool(step.positives) and len(step.candidates) > 1


def reachable(payload: Payload) -> list[bool]:
    """Of each step whether anybody can be right; about a round somebody always can."""
    return [payload.mode == "round" or can_be_answered(step) for step in payload.steps]


def _of_a_round(step: Step, prediction: Prediction = NOTHING) -> StepScore:
    """A round without a right element is answered by A, and that it is none has to be said."""
    if step.positives:
        return score(prediction, step.positives, gold_action(step.operation, step.value))
    return StepScore(prediction == DECLINED, float(prediction == DECLINED))
