"""The server under the database environment. Three kinds, tried in this order (choice.py):

SharedServer       somebody else's, at a DSN
PrivateServer      a mariadbd or mysqld of our own in the owner's folder, on a unix socket      (private.py)
ContainerServer    a `mysql:8` container on a port of this machine                               (container.py)
"""

from __future__ import annotations

from abc import abstractmethod

from environments.database.server.endpoint import Endpoint
from environments.kinds.served import Child


class Server(Child):
    """A server that can be started, watched and stopped; somebody else's runs whatever is asked.

    `shared` says that others use it too, and that it outlives us.
    """

    shared: bool = False
    own: bool = False
    """Whether another one like it can be started beside it at once (`beside`)."""
    node_bound: bool = True
    account_host: str = "%"

    @property
    @abstractmethod
    def endpoint(self) -> Endpoint:
        """Where it listens and who administers it; after a restart it may be elsewhere."""

    def beside(self) -> Server:
        """Another one like it, not started."""
        raise NotImplementedError


class SharedServer(Server):
    """A server that was there before us: everything on it is named after its owner, and swept by name."""

    shared = True

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.node_bound = endpoint.node_bound
        self.account_host = "localhost" if endpoint.socket is not None else "%"

    @property
    def endpoint(self) -> Endpoint:
        return self._endpoint

    async def start(self) -> None:
        return

    def running(self) -> bool:
        return True

    async def stop(self) -> None:
        return
