"""One database episode: DBBench's rounds (SPEC 2.6) over a wire of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pymysql.err import MySQLError

from environments.contract import Feedback, Message, Session, Status, UserError
from environments.database import grammar
from environments.database.judge import hash_query, is_modification, judge_answer, print_hashes
from environments.database.payload import Payload
from environments.database.wire import Wire
from environments.own_opening import read_own_opening

PROMPTS = Path(__file__).parent / "prompts"


def prefix(folder: str | None) -> list[Message]:
    """Instruction and acknowledgement: this project's words, the text that the user put into `folder`, or all of it as it is there."""
    own = read_own_opening(Path(folder)) if folder is not None else None
    if own is not None:
        return own
    return [Message("user", _instruction(folder)), Message("assistant", "Ok.", loss=False)]


def _instruction(folder: str | None) -> str:
    path = Path(folder or PROMPTS) / "instruction.md"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UserError(f"database.prompts: cannot read '{path}' ({error.strerror}); the folder needs an instruction.md") from None


def opening(payload: Payload, before: Sequence[Message]) -> list[Message]:
    """DBBench's first three messages: no demonstration, as in AgentBench."""
    task = f"{payload.description}\n{payload.add_description}" if payload.add_description else payload.description
    return [*before, Message("user", task)]


class DatabaseSession(Session):
    """The rounds of one episode. `shown` is what the agent reads in place of the schema's name (see naming.py)."""

    def __init__(self, wire: Wire, payload: Payload, expected: str, names: tuple[str, str], rounds: int, before: Sequence[Message]) -> None:
        self.opening: Sequence[Message] = opening(payload, before)
        self._wire = wire
        self._payload = payload
        self._expected = expected
        self._schema, self._shown = names
        self._limit_rounds = rounds
        self._rounds = 0

    async def step(self, reply: str) -> Feedback:
        move = grammar.parse(reply)
        if move.operates and self._rounds < self._limit_rounds:
            if move.sql is None:
                return await self._end(Status.VALIDATION_FAILED, "")
            self._rounds += 1
            observation = await self._wire.run(move.sql.replace(self._shown, self._schema))
            return Feedback(grammar.truncate(self._hide(observation)))
        if self._rounds >= self._limit_rounds and not move.answer:
            return await self._end(Status.TASK_LIMIT, "")
        if move.answer is None:  # neither pattern: ended as by AgentBench, judged all the same, and said
            return await self._end(Status.VALIDATION_FAILED, "")
        return await self._end(Status.COMPLETED, move.answer)

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
        details: dict[str, Any] = {"answer": answer, "rounds": self._rounds, "kind": self._payload.kinds[0]}
        if not is_modification(self._payload.kinds):
            correct = judge_answer(answer, self._payload.answers)
        else:
            try:
                found = await printed_hash(self._wire, self._payload)
            except MySQLError as error:
                found = self._hide(grammar.render_error(error))
            details["hash"] = found
            correct = found == self._expected
        return Feedback(status=status, reward=float(correct), details=details)

    async def close(self) -> None:
        await self._wire.close()


async def printed_hash(wire: Wire, payload: Payload) -> str:
    """The tables' state as AgentBench prints it. Raises `MySQLError` where a table is gone."""
    return print_hashes([await wire.scalar(hash_query(table.name, table.columns)) for table in payload.tables])
