"""The knowledge graph environment: an endpoint, or the embedded store's server; every episode is a question put to it.

Nothing is written, so a lease reserves no more than a seat. Sessions are direct: they speak SPARQL to the endpoint, or
to the embedded server's unix socket, from wherever the loop runs (for the socket: on the same node).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from pathlib import Path
from typing import ClassVar

import msgspec
from pydantic import BaseModel

from environments.contract import EnvironmentFault, Lease, Session, Task, TaskFault, UserError
from environments.kinds.seats import seat
from environments.kinds.served import Served
from environments.knowledge_graph import dialect, ontology
from environments.knowledge_graph.engines import store
from environments.knowledge_graph.engines.embedded import Busy, Embedded
from environments.knowledge_graph.engines.endpoint import Endpoint, is_local, parse_url
from environments.knowledge_graph.engines.engine import Engine, Malformed, Refused
from environments.knowledge_graph.engines.private import PrivateServer
from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.opening import opening_of
from environments.knowledge_graph.payload import Payload, read_payload
from environments.knowledge_graph.programs import sparql
from environments.knowledge_graph.programs.expressions import parse
from environments.knowledge_graph.programs.program import Entity
from environments.knowledge_graph.session import KnowledgeGraphSession
from environments.knowledge_graph.settings import Settings
from environments.ownership import Owner

log = logging.getLogger(__name__)

PING_S = 5.0


def create(settings: BaseModel) -> KnowledgeGraph:
    """The knowledge graph environment, not started."""
    if not isinstance(settings, Settings):
        raise TypeError(f"expected knowledge graph settings, found {type(settings).__name__}")
    return KnowledgeGraph(settings)


def configured_endpoint(settings: Settings) -> str | None:
    """The endpoint's URL that the environment or the config names, if any."""
    url = os.environ.get(settings.endpoint_env) or settings.endpoint
    return parse_url(url) if url else None


class KnowledgeGraph(Served):
    """Leases questions to one graph."""

    name: ClassVar[str] = "knowledge_graph"
    title = "the knowledge graph environment"
    server_title = "the embedded store's server"
    child: PrivateServer | None = None

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        opening_of("", {}, settings)  # a user's own prompts are read now, and complained about now
        self._settings = settings
        self._url = configured_endpoint(settings)
        self._leases: set[str] = set()
        self._seats = asyncio.Semaphore(settings.max_sessions)

    @property
    def ontology(self) -> Ontology:
        """What the settings say about the graph's relations. Raises `UserError` where they don't."""
        settings = self._settings
        if settings.ontology is not None:
            return ontology.read(Path(settings.ontology))
        if self._url is not None or settings.graph is not None:
            raise UserError(
                "knowledge_graph.ontology: a graph of yours needs a folder with vocab.json, fb_roles, fb_types,"
                " reverse_properties"
            )
        from environments.knowledge_graph.synthetic.graph import own_ontology

        return own_ontology()

    async def open_server(self, owner: Owner) -> None:
        await asyncio.to_thread(lambda: self.ontology)
        if self._url is not None:
            try:
                await self.ask_server()
            except EnvironmentFault as error:
                raise UserError(f"{error}; give knowledge_graph.endpoint, or none for the embedded store") from None
        else:
            self.child = PrivateServer(await self._loaded(), owner.directory / self.name, self._settings)
            await self.child.start()

    async def _loaded(self) -> Path:
        """The embedded store of the settings' graph."""
        settings = self._settings
        graph = Path(settings.graph) if settings.graph is not None else None
        try:
            found = await asyncio.to_thread(store.prepare, graph, settings.load_timeout_s)
        except ImportError:
            raise UserError(
                "the embedded store needs pyoxigraph: pip install 'agenttuning[knowledge-graph]', or set an endpoint"
            ) from None
        if said := store.left_out(found):
            log.warning("knowledge_graph.graph '%s': %s", graph, said)
        return found

    def _engine(self, lease: Lease) -> Engine:
        """The engine of a lease. An endpoint's URL may hold a password, and so travels as the secret."""
        settings = self._settings
        if lease.secret:
            return Endpoint(lease.secret, settings.query_timeout_s)
        return Embedded(lease.address["socket"], settings.query_timeout_s, settings.queue_timeout_s)

    async def lease(self, task: Task, lease_id: str) -> Lease:
        read_payload(task)
        if self._owner is None:
            raise self.not_started
        full = f"all {self._settings.max_sessions} sessions of {self.title} are taken"
        await seat(self._seats, self._settings.lease_timeout_s, full)
        self._leases.add(lease_id)
        socket = self.child.socket if self.child is not None else ""
        return Lease(lease_id, self.name, {"socket": socket}, secret=self._url or "")

    async def release(self, lease: Lease) -> None:
        if lease.id in self._leases:
            self._leases.remove(lease.id)
            self._seats.release()

    async def connect(self, lease: Lease, task: Task) -> Session:
        payload = read_payload(task)
        engine = self._engine(lease)
        try:
            payload = await self._completed(task, payload, engine)
            known = self.ontology
            return KnowledgeGraphSession(
                question=payload.question,
                entities=payload.entities,
                gold=payload.answers,
                engine=engine,
                ontology=known,
                settings=self._settings,
            )
        except BaseException:
            await engine.close()
            raise

    async def _completed(self, task: Task, payload: Payload, engine: Engine) -> Payload:
        """The payload with what only the graph knows: names of entities, and gold answers that the source gives as
        SPARQL.
        """
        names = dict(payload.entities)
        for entity in payload.unnamed:
            found = await self._ask(task, engine, sparql.english_name(entity), 10)
            name = sorted(found)[0] if found else entity
            names[name if name not in names else entity] = entity
        answers = payload.answers
        if not answers and (payload.sparql or payload.s_expression):
            answers = await self._ask(task, engine, self._gold_query(task, payload), self._settings.max_answers)
        if not answers:
            raise TaskFault(f"task '{task.id}' has no gold answer: it cannot be judged")
        return msgspec.structs.replace(payload, entities=names, answers=answers)

    def _gold_query(self, task: Task, payload: Payload) -> str:
        """The query for the gold answers: the source's own, else its s-expression's."""
        if payload.sparql:
            return dialect.standard(payload.sparql)
        try:
            return sparql.members(parse(payload.s_expression), self.ontology, self._settings.max_answers)
        except ValueError as error:
            raise TaskFault(f"task '{task.id}': its s-expression is no program: {error}") from None

    @staticmethod
    async def _ask(task: Task, engine: Engine, query: str, limit: int) -> list[str]:
        try:
            return (await engine.select(query, limit)).values
        except (Refused, Malformed) as refused:
            raise TaskFault(f"task '{task.id}': its own query cannot be carried out: {refused}") from refused

    async def ask_server(self) -> None:
        """Where all workers are busy, they live."""
        if self.child is not None:
            with contextlib.suppress(Refused, Busy):
                await Embedded(self.child.socket, PING_S, PING_S).select(sparql.relations(Entity("m.0"), 1), 1)
        elif self._url is not None:
            endpoint = Endpoint(self._url, self._settings.query_timeout_s)
            try:
                await endpoint.probe()
            finally:
                await endpoint.close()

    async def stop(self) -> None:
        await super().stop()
        for lease_id in list(self._leases):
            self._leases.remove(lease_id)
            self._seats.release()

    @property
    def node_bound(self) -> bool:
        """True unless the endpoint is somebody's on the network; can be asked before `start`."""
        return self._url is None or is_local(self._url)

    def gauges(self) -> dict[str, float]:
        values = {
            "open_sessions": len(self._leases),
            "max_sessions": self._settings.max_sessions,
            "server_restarts": self._restarts,
        }
        return {name: float(value) for name, value in values.items()}
