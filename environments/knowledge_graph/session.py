"""One knowledge graph episode: AgentBench's rounds (SPEC 2.4) over an engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from environments.contract import DoubtfulFault, EnvironmentFault, Feedback, Said, Session, Status
from environments.knowledge_graph import grammar
from environments.knowledge_graph.engines.engine import Engine, InDoubt, Refused
from environments.knowledge_graph.judge import judge
from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.opening import opening_of
from environments.knowledge_graph.programs.program import s_expression
from environments.knowledge_graph.programs.reading import (
    ARITY,
    VARIABLE_WORDS,
    arguments,
    called_names,
    other_readings,
    unquoted,
    without_word,
)
from environments.knowledge_graph.settings import Settings
from environments.knowledge_graph.tool_calls import TOOLS
from environments.knowledge_graph.tools import Argument, Mistake, Toolbox
from environments.message import ToolCall
from environments.tool_calls import BadCall, read

LIMIT_SHOWN_ANSWERS = 100
"""How many of the predicted and of the right values go into the record."""
_INDEX = re.compile(r"\s*[+-]?\d+(?:_\d+)*\s*")


class KnowledgeGraphSession(Session):
    """The rounds of one episode. `entities` maps the names that the agent reads to ids."""

    kept = grammar.KEPT

    def __init__(
        self,
        question: str,
        entities: Mapping[str, str],
        gold: Sequence[str],
        engine: Engine,
        ontology: Ontology,
        settings: Settings,
    ) -> None:
        self.opening = opening_of(question, entities, settings)
        self.tools = TOOLS if settings.dialect == "tools" else ()
        self._entities = dict(entities)
        self._by_spelling = _unambiguous(entities)
        self._gold = gold
        self._engine = engine
        self._tools = Toolbox(engine, ontology, settings.rules == "open")
        self._settings = settings
        self._rounds = 0
        self._last_read: tuple[str, ...] | None = None
        self._ended = False
        self._doubt = ""

    async def step(self, said: Said) -> Feedback:
        if self._ended:
            raise EnvironmentFault("this episode has ended; its session takes no more replies")
        self._doubt = ""
        feedback = await self._carried_out(said)
        if self._doubt:
            raise DoubtfulFault(self._doubt, feedback)
        return feedback

    async def _carried_out(self, said: Said) -> Feedback:
        if isinstance(said, ToolCall):
            self._rounds += 1
            return self._unless_last(await self._called(said))
        move = grammar.parse(said.encode("utf-8", "replace").decode("utf-8"))
        self._rounds += 1
        if move.answer is not None and 0 <= move.answer < len(self._tools.variables):
            return await self._finish(move.answer)
        if move.answer is not None:
            observation = grammar.INVALID_ID
        else:
            observation = grammar.NO_ACTION if move.line is None else await self._act(move.line)
        return self._unless_last(observation)

    def _unless_last(self, observation: str) -> Feedback:
        """What a round shows, or the ending that the last of them is."""
        if self._rounds >= self._settings.rounds:
            return self._end(Status.TASK_LIMIT, [], {}, observation)
        return Feedback(observation)

    async def _called(self, call: ToolCall) -> str:
        """The observation of a tool call: of the first reading of its arguments that can be carried out."""
        try:
            given = tuple(read(call, TOOLS).values())
        except BadCall as bad:
            return str(bad)
        readings = (self._resolved(given, resolve) for resolve in (self._as_agentbench, self._generously))
        observation = await self._tried(call.name, (resolved for resolved in readings if resolved is not None))
        return grammar.call_failed(call.name, given) if observation is None else observation

    async def _act(self, line: str) -> str:
        """Carry out the first call on the line that can be; else say what is wrong with the last one."""
        names = called_names(line)
        for name in dict.fromkeys(name for name in names if name in ARITY):
            observation = await self._call(name, line)
            if observation is not None:
                return observation
        if not names:
            return grammar.NOT_EXECUTED
        # Of a name that is no tool's AgentBench reads no arguments, and says those that it read last, whatever they
        # were for.
        last = arguments(line, names[-1]) if names[-1] in ARITY else self._last_read
        return grammar.syntax_error(names[-1]) if last is None else grammar.call_failed(names[-1], last)

    async def _call(self, name: str, line: str) -> str | None:
        """The observation of the first reading that can be carried out."""
        return await self._tried(name, self._readings(name, line))

    async def _tried(self, name: str, readings: Iterable[tuple[Argument, ...]]) -> str | None:
        for resolved in readings:
            try:
                return await self._tools.call(name, resolved)
            except Mistake:
                continue
            except Refused as refused:
                self._note(refused)
                return None
        return None

    def _note(self, refused: Refused) -> None:
        """Whether it was the agent's query that asked for too much is for a replay to say, where it is in doubt."""
        if isinstance(refused, InDoubt):
            self._doubt = f"a query came to no end: {refused}"

    def _readings(self, name: str, line: str) -> Iterator[tuple[Argument, ...]]:
        """AgentBench's reading, then the others: with what their names stand for, each once."""
        tried: set[tuple[Argument, ...]] = set()
        read = arguments(line, name)
        if read is not None:
            self._last_read = read
            resolved = self._resolved(read, self._as_agentbench)
            if resolved is not None:
                tried.add(resolved)
                yield resolved
        for other in other_readings(line, name):
            resolved = self._resolved(other, self._generously)
            if resolved is not None and resolved not in tried:
                tried.add(resolved)
                yield resolved

    @staticmethod
    def _resolved(read: Sequence[str], resolve: Any) -> tuple[Argument, ...] | None:
        try:
            return tuple(resolve(text) for text in read)
        except Mistake:
            return None

    def _as_agentbench(self, text: str) -> Argument:
        """What AgentBench reads; but a name of the question's is that name, whatever words are in it."""
        name = text.replace(VARIABLE_WORDS[0], "").replace(VARIABLE_WORDS[1], "")
        if name.startswith("#"):
            return self._indexed(name[1:])
        return self._entities.get(text) or self._entities.get(name, text)

    def _generously(self, text: str) -> Argument:
        """The same, but with quotes around a name, and with its letters' case and spaces as they like."""
        forms = (text, unquoted(text), without_word(text), unquoted(without_word(text)))
        for name in forms:
            if name.startswith("#"):
                return self._indexed(name[1:])
            if name in self._entities:
                return self._entities[name]
        spelled = (self._by_spelling.get(_spelling(name)) for name in forms)
        return next((entity for entity in spelled if entity is not None), forms[-1])

    def _indexed(self, digits: str) -> Argument:
        """The variable of an index as Python reads one: AgentBench takes `#-1` for the last."""
        if len(digits) > grammar.LIMIT_DIGITS or not _INDEX.fullmatch(digits):
            raise Mistake(f"#{digits} is no variable")
        index = int(digits)
        if not -len(self._tools.variables) <= index < len(self._tools.variables):
            raise Mistake(f"there is no variable #{index}")
        return self._tools.variables[index]

    async def _finish(self, index: int) -> Feedback:
        """Carry out the final variable's program and judge what it gives."""
        program = self._tools.variables[index].program
        details: dict[str, Any] = {"program": s_expression(program)}
        predicted: list[str] = []
        try:
            predicted, cut = await self._tools.members(program, self._settings.max_answers)
            if cut:
                details["answer_cut_at"] = len(predicted)
        except Refused as refused:
            details["not_executed"] = str(refused)
            self._note(refused)
        return self._end(Status.COMPLETED, predicted, details)

    def _end(
        self, status: Status, predicted: Sequence[str], details: dict[str, Any], observation: str = ""
    ) -> Feedback:
        self._ended = True
        verdict = judge(predicted, self._gold)
        shown, right = (sorted(values)[:LIMIT_SHOWN_ANSWERS] for values in (predicted, self._gold))
        details |= {"answer": shown, "answers": len(predicted), "expected": right, "rounds": self._rounds}
        details |= verdict._asdict()
        return Feedback(observation, status, verdict.f1, details)

    async def close(self) -> None:
        await self._engine.close()


def _spelling(name: str) -> str:
    return " ".join(name.casefold().split())


def _unambiguous(entities: Mapping[str, str]) -> dict[str, str]:
    """Ids by a spelling that only one entity has."""
    ids: dict[str, set[str]] = {}
    for name, id in entities.items():
        ids.setdefault(_spelling(name), set()).add(id)
    return {spelling: next(iter(found)) for spelling, found in ids.items() if len(found) == 1}
