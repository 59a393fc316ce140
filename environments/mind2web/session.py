"""One episode: questions about recorded pages, each a conversation of its own, and in the end what the replies earn."""

from __future__ import annotations

from typing import Any

from environments.contract import EnvironmentFault, Feedback, Said, Session, Status
from environments.mind2web.course import Course, reachable
from environments.mind2web.grammar import gold_action
from environments.mind2web.opening import asked, before_the_question
from environments.mind2web.payload import Payload
from environments.mind2web.settings import Settings
from environments.mind2web.tool_calls import TOOLS, answer


class Mind2WebSession(Session):
    """The rounds of one task, a step or a single question."""

    forgets = True

    def __init__(self, payload: Payload, settings: Settings) -> None:
        self._settings = settings
        self._course = Course.begin(payload)
        self._replies = 0
        self._unread = 0
        self.opening = [*before_the_question(settings), asked(self._course, settings)]
        self.tools = TOOLS if settings.dialect == "tools" else ()

    async def step(self, said: Said) -> Feedback:
        if self._course.over:
            raise EnvironmentFault("the episode is over")
        given = answer(said, bool(self.tools))
        self._replies += 1
        self._unread += not given.letter
        self._course = self._course.answered(given)
        if not self._course.over:
            return Feedback(asked(self._course, self._settings).content)
        return self._judged(Status.VALIDATION_FAILED if self._unread == self._replies else Status.COMPLETED)

    async def end(self, status: Status) -> Feedback:
        return self._judged(status)

    def _judged(self, status: Status) -> Feedback:
        """The ending: the mean reward of the steps, of which those that were not reached count 0."""
        scores = self._course.scores()
        reward = sum(score.reward for score in scores) / len(scores)
        return Feedback(status=status, reward=reward, details=self._details())

    def _details(self) -> dict[str, Any]:
        course = self._course
        steps = [
            {"element": score.element, "operation": score.operation, "reachable": can_be}
            for can_be, score in zip(reachable(course.payload), course.scores(), strict=True)
        ]
        return {
            "expected": "; ".join(_expected(course.payload)),
            "answer": "; ".join(f"{made.action.strip()} on {made.element}" for made in course.predictions),
            "steps": steps,
            "unread_replies": self._unread,
        }

    async def close(self) -> None:
        pass


def _expected(payload: Payload) -> list[str]:
    """What would be right, in a line for each step."""
    return [
        f"{gold_action(step.operation, step.value).strip()} on {' or '.join(step.positives)}"
        if step.positives
        else "none of the choices"
        for step in payload.steps
    ]
