"""The knowledge graph environment: an endpoint, or the embedded store's server; every episode is a question put to it.

Nothing is written, so a lease reserves no more than a seat. Sessions are direct: they speak SPARQL to the endpoint, or
to the embedded server's unix socket, from wherever the loop runs (for the socket: on the same node).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
from pathlib import Path
from typing import ClassVar

import msgspec
from pydantic import BaseModel

from environments.contract import Environment, EnvironmentFault, Lease, Session, Task, TaskFault, UserError
from environments.knowledge_graph import dialect, ontology
from environments.knowledge_graph.engines import store
from environments.knowledge_graph.engines.embedded import Busy, Embedded
from environments.knowledge_graph.engines.endpoint import Endpoint, is_local, parse_url
from environments.knowledge_graph.engines.engine import Engine, Malformed, Refused
from environments.knowledge_graph.engines.private import PrivateServer, remove_leftover
from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.opening import opening_of
from environments.knowledge_graph.payload import Payload, read_payload
from environments.knowledge_graph.programs import sparql
from environments.knowledge_graph.programs.expressions import parse
from environments.knowledge_graph.programs.program import Entity
from environments.knowledge_graph.session import KnowledgeGraphSession
from environments.knowledge_graph.settings import Settings
from environments.ownership import Owner, dead_owners, forget_the_dead

log = logging.getLogger(__name__)

FOLDER = "knowledge_graph"
"""This environment's folder inside an owner's."""
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


class KnowledgeGraph(Environment):
    """Leases questions to one graph."""

    name: ClassVar[str] = "knowledge_graph"
    direct = True

    def __init__(self, settings: Settings) -> None:
        opening_of("", {}, settings)  # a user's own prompts are read now, and complained about now
        self._settings = settings
        self._url = configured_endpoint(settings)
        self._owner: Owner | None = None
        self._server: PrivateServer | None = None
        self._store: Path | None = None
        self._leases: set[str] = set()
        self._seats = asyncio.Semaphore(settings.max_sessions)
        self._repairing = asyncio.Lock()
        self._restarts = 0

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

    async def start(self) -> None:
        await self.sweep()
        self._owner = Owner.claim()
        try:
            await asyncio.to_thread(lambda: self.ontology)
            await self._bring_up()
        except BaseException:
            await self.stop()
            raise

    async def _bring_up(self) -> None:
        if self._url is not None:
            try:
                await self._ping()
            except EnvironmentFault as error:
                raise UserError(f"{error}; give knowledge_graph.endpoint, or none for the embedded store") from None
            return
        owner, settings = self._owner, self._settings
        assert owner is not None
        graph = Path(settings.graph) if settings.graph is not None else None
        try:
            self._store = await asyncio.to_thread(store.prepare, graph, settings.load_timeout_s)
        except ImportError:
            raise UserError(
                "the embedded store needs pyoxigraph: pip install 'agenttuning[knowledge-graph]', or set an endpoint"
            ) from None
        if said := store.left_out(self._store):
            log.warning("knowledge_graph.graph '%s': %s", graph, said)
        self._server = PrivateServer(owner.directory / FOLDER, settings)
        await self._server.start(self._store)

    async def sweep(self) -> int:
        return await asyncio.to_thread(_sweep)

    def _engine(self, lease: Lease) -> Engine:
        """The engine of a lease. An endpoint's URL may hold a password, and so travels as the secret."""
        settings = self._settings
        if lease.secret:
            return Endpoint(lease.secret, settings.query_timeout_s)
        return Embedded(lease.address["socket"], settings.query_timeout_s, settings.queue_timeout_s)

    async def lease(self, task: Task, lease_id: str) -> Lease:
        read_payload(task)
        if self._owner is None:
            raise EnvironmentFault("the knowledge graph environment is not started")
        try:
            async with asyncio.timeout(self._settings.lease_timeout_s):
                await self._seats.acquire()
        except TimeoutError:
            raise EnvironmentFault(
                f"all {self._settings.max_sessions} sessions of the knowledge graph environment are taken"
            ) from None
        self._leases.add(lease_id)
        socket = self._server.socket if self._server is not None else ""
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

    async def healthy(self) -> None:
        async with self._repairing:
            if self._owner is None:
                raise EnvironmentFault("the knowledge graph environment is not started")
            if self._server is not None and not self._server.running():
                await self._replace_server()
                return
            try:
                await self._ping()
            except EnvironmentFault:
                if self._server is None:
                    raise
                await self._replace_server()

    async def _ping(self) -> None:
        """Ask for something. Raises `EnvironmentFault` where nobody answers; where all workers are busy, they live."""
        if self._server is None:
            assert self._url is not None
            endpoint = Endpoint(self._url, self._settings.query_timeout_s)
            try:
                await endpoint.probe()
            finally:
                await endpoint.close()
        else:
            with contextlib.suppress(Refused, Busy):
                await Embedded(self._server.socket, PING_S, PING_S).select(sparql.relations(Entity("m.0"), 1), 1)

    async def _replace_server(self) -> None:
        """A fresh server for a dead one; sessions find nobody at the old address."""
        assert self._server is not None
        assert self._store is not None
        try:
            await self._server.start(self._store)
        except UserError as error:
            raise EnvironmentFault(f"the embedded store's server died and cannot be replaced: {error}") from error
        self._restarts += 1

    async def stop(self) -> None:
        server, owner = self._server, self._owner
        self._server = self._owner = None
        if server is not None:
            await server.stop()
        for lease_id in list(self._leases):
            self._leases.remove(lease_id)
            self._seats.release()
        if owner is not None:
            owner.release()
            await asyncio.to_thread(shutil.rmtree, Path(owner.directory), True)

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


def _sweep() -> int:
    """Remove this environment's folders of dead owners with the servers that still run in them; returns how many things
    that were.
    """
    removed = 0
    for owner in dead_owners():
        if (owner / FOLDER).exists():
            removed += remove_leftover(owner / FOLDER)
    forget_the_dead()
    return removed
