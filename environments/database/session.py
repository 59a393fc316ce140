"""One database episode: DBBench's rounds (SPEC 2.6) over a wire of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from pymysql.err import MySQLError

from environments.contract import DoubtfulFault, EnvironmentFault, Feedback, Said, Session, Status
from environments.database import grammar
from environments.database.errors import Fault, fault_of
from environments.database.inspector import Inspector
from environments.database.judge import is_modification, judge_answer
from environments.database.opening import opening_of
from environments.database.payload import Payload
from environments.database.tool_calls import TOOLS, move
from environments.database.wire import Wire
from environments.message import Message

LIMIT_SHOWN_ANSWERS = 100
"""How many of the right values go into the record."""


class DatabaseSession(Session):
    """The rounds of one episode. `shown` is what the agent reads in place of the schema's name (see naming.py)."""

    def __init__(
        self,
        wire: Wire,
        inspector: Inspector,
        payload: Payload,
        expected: str,
        names: tuple[str, str],
        rounds: int,
        before: Sequence[Message],
        tools: bool = False,
    ) -> None:
        self.opening: Sequence[Message] = opening_of(payload, before)
        self.tools = TOOLS if tools else ()
        self._wire = wire
        self._inspector = inspector
        self._payload = payload
        self._expected = expected
        self._schema, self._shown = names
        self._limit_rounds = rounds
        self._rounds = 0
        self._judging_doubted = False

    async def step(self, said: Said) -> Feedback:
        wanted = move(said, bool(self.tools))
        if isinstance(wanted, str):
            if self._rounds >= self._limit_rounds:
                return await self._end(Status.TASK_LIMIT, "")
            self._rounds += 1
            return Feedback(wanted)
        if wanted.operates and self._rounds < self._limit_rounds:
            if wanted.sql is None:
                return await self._end(Status.VALIDATION_FAILED, "")
            self._rounds += 1
            return await self._operate(wanted.sql.replace(self._shown, self._schema))
        if self._rounds >= self._limit_rounds and not wanted.answer:
            return await self._end(Status.TASK_LIMIT, "")
        if wanted.answer is None:  # neither pattern: ended as by AgentBench, judged all the same, and said
            return await self._end(Status.VALIDATION_FAILED, "")
        return await self._end(Status.COMPLETED, wanted.answer)

    async def _operate(self, sql: str) -> Feedback:
        try:
            return self._shown_to_agent(Feedback(await self._wire.run(sql)))
        except DoubtfulFault as fault:
            raise DoubtfulFault(self._hide(str(fault)), self._shown_to_agent(fault.feedback)) from fault

    def _shown_to_agent(self, feedback: Feedback) -> Feedback:
        if feedback.final:
            return msgspec.structs.replace(feedback, details={**self._details(""), **feedback.details})
        return Feedback(grammar.truncate(self._hide(feedback.observation)))

    def _details(self, answer: str) -> dict[str, Any]:
        return {"answer": answer, "expected": self._wanted, "rounds": self._rounds, "kind": self._payload.kinds[0]}

    @property
    def _wanted(self) -> list[str] | str:
        """The right answer, or of a modification the statements whose tables are right (else these tables' hash)."""
        if not is_modification(self._payload.kinds):
            return self._payload.answers[:LIMIT_SHOWN_ANSWERS]
        return f"the tables after {'; '.join(self._payload.statements) or self._expected}"

    async def end(self, status: Status) -> Feedback:
        """Judged like an answer that was not given: a modification that was made counts, as in AgentBench."""
        return await self._end(status, "")

    def _hide(self, observation: str) -> str:
        escaped = self._schema.replace("_", "\\_")  # as SHOW GRANTS writes it, itself escaped once more by repr()
        for form in (escaped.replace("\\", "\\\\"), escaped, self._schema):
            observation = observation.replace(form, self._shown)
        return observation

    async def _end(self, status: Status, answer: str) -> Feedback:
        """Judge. A modification that was made counts whatever the reply looked like, as in AgentBench."""
        if is_modification(self._payload.kinds):
            return await self._inspected(status, self._details(answer))
        return Feedback(
            status=status, reward=float(judge_answer(answer, self._payload.answers)), details=self._details(answer)
        )

    async def _inspected(self, status: Status, details: dict[str, Any]) -> Feedback:
        """The ending that the tables deserve.

        Where they cannot be read the agent destroyed them, or its lease was lost: in doubt, once.
        """
        try:
            found = await self._inspector.printed_hash(self._payload)
        except MySQLError as error:
            if fault_of(error) in (Fault.ENVIRONMENT, Fault.RIGHTS):
                raise EnvironmentFault(f"the tables cannot be judged: {self._hide(str(error))}") from error
            found = self._hide(grammar.render_error(error))
            wrong = Feedback(status=status, reward=0.0, details={**details, "hash": found, "found": found})
            if not self._judging_doubted:
                self._judging_doubted = True
                raise DoubtfulFault(f"the tables cannot be judged: {found}", wrong) from error
            return wrong
        tables = "the right tables" if found == self._expected else "other tables"
        reward = float(found == self._expected)
        return Feedback(status=status, reward=reward, details={**details, "hash": found, "found": tables})

    async def close(self) -> None:
        await self._wire.close()
