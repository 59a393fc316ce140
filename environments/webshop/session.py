"""One shopping episode: AgentBench's rounds (SPEC 2.2) over HTTP, from wherever the loop runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from environments.contract import EnvironmentFault, Feedback, Said, Session, Status
from environments.message import Message
from environments.webshop import grammar
from environments.webshop.browser import Browser
from environments.webshop.opening import with_page
from environments.webshop.page import Page
from environments.webshop.payload import NO_LIMIT, Goal
from environments.webshop.settings import Settings
from environments.webshop.tool_calls import TOOLS, move


class WebShopSession(Session):
    """The rounds of one episode."""

    def __init__(
        self, browser: Browser, page: Page, opening: Sequence[Message], settings: Settings, goal: Goal
    ) -> None:
        self._browser = browser
        self._page = page
        self._settings = settings
        self._goal = goal
        self._rounds = 0
        self._idle = 0
        self._over = False
        self.opening: Sequence[Message] = with_page(opening, self._turn())
        self.tools = TOOLS if settings.dialect == "tools" else ()

    def _turn(self) -> str:
        return grammar.render_turn(
            self._page.observation(self._settings.observation), self._page.actions(), self._settings.turns
        )

    async def step(self, said: Said) -> Feedback:
        if self._over:
            raise EnvironmentFault("the episode is over")
        wanted = move(said, self._settings.harness, bool(self.tools))
        if wanted is None:
            return self._end(Status.VALIDATION_FAILED, 0.0)
        self._rounds += 1
        if isinstance(wanted, str):
            return self._unless_last(f"{wanted}\n\n{self._turn()}")
        await self._do(wanted)
        outcome = self._page.outcome
        if outcome is not None:
            return self._end(
                Status.COMPLETED,
                float(outcome["reward"]),
                {"answer": purchased(outcome["bought"]), "bought": outcome["bought"], **outcome["parts"]},
            )
        return self._unless_last(self._turn())

    def _unless_last(self, observation: str) -> Feedback:
        return Feedback(observation) if self._rounds < self._settings.rounds else self._end(Status.TASK_LIMIT, 0.0)

    async def _do(self, move: grammar.Move) -> None:
        """Search or click; anything else leaves the page as it is."""
        if move.name == "search" and move.argument:
            self._page = await self._browser.search(move.argument)
        elif move.name == "click" and move.argument in self._page.clicks and move.argument != "search":
            self._page = await self._browser.click(self._page.clicks[move.argument])
        else:
            self._idle += 1

    def _end(self, status: Status, reward: float, details: dict[str, Any] | None = None) -> Feedback:
        self._over = True
        told = {"expected": wanted(self._goal), "rounds": self._rounds, "no_ops": self._idle}
        return Feedback(status=status, reward=reward, details={**told, **(details or {})})

    async def close(self) -> None:
        await self._browser.close()


def wanted(goal: Goal) -> str:
    """What the judge looks for, in a line; any product with it will do."""
    limit = f"at most ${goal.price_upper:.2f}" if goal.price_upper < NO_LIMIT else ""
    return ", ".join(
        filter(None, [goal.query, *goal.attributes, *_options(goal.options), limit, f"such as {goal.asin}"])
    )


def purchased(bought: dict[str, Any]) -> str:
    """A purchase in a line."""
    return ", ".join([str(bought["asin"]), *_options(bought["options"])])


def _options(options: Sequence[str] | Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in options.items()] if isinstance(options, Mapping) else list(options)
