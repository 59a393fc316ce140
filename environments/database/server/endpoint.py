"""Where a MySQL-compatible server listens, and who we are there: parsed from a DSN, sent along in a lease."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from environments.contract import UserError

DEFAULT_PORT = 3306


@dataclass(frozen=True)
class Endpoint:
    """A server's address (a unix socket wins over host and port) and an account on it."""

    user: str
    password: str = ""
    host: str = "localhost"
    port: int = DEFAULT_PORT
    socket: str | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self.where}, user={self.user!r})"

    @property
    def where(self) -> str:
        """The address in words, without the account."""
        return self.socket or f"{self.host}:{self.port}"

    @property
    def node_bound(self) -> bool:
        """Whether only this machine reaches it."""
        return self.socket is not None or self.host in ("localhost", "127.0.0.1", "::1")

    def address(self) -> dict[str, Any]:
        """The address as a lease carries it: no account, no secret."""
        return {"host": self.host, "port": self.port, "socket": self.socket}

    def account(self, user: str, password: str) -> Endpoint:
        """The same server as somebody else."""
        return replace(self, user=user, password=password)


def parse_dsn(dsn: str) -> Endpoint:
    """`mysql://user:password@host:port` or `mysql://user@localhost?socket=/path`.

    Raises `UserError`; never repeats the password.
    """
    form = "a DSN looks like mysql://user:password@host:3306 or mysql://user@localhost?socket=/path"
    try:
        parts = urlsplit(dsn)
        port = parts.port or DEFAULT_PORT
    except ValueError as error:
        raise UserError(f"malformed database DSN ({error}): {form}") from None
    if parts.scheme not in ("mysql", "mariadb") or not parts.hostname or not parts.username:
        raise UserError(
            f"malformed database DSN with scheme '{parts.scheme}' and host '{parts.hostname or ''}': {form}"
        )
    socket = parse_qs(parts.query).get("socket", [None])[0]
    return Endpoint(
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        host=parts.hostname,
        port=port,
        socket=socket,
    )
