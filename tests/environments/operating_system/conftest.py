"""The sandboxes of the sandbox's own tests (tests/environments/sandbox/conftest.py)."""

from environments.operating_system.settings import Settings
from tests.environments.sandbox.conftest import SETTINGS as SANDBOX
from tests.environments.sandbox.conftest import backend, engine, own_state, owner, sandbox, shared

__all__ = ["SETTINGS", "backend", "engine", "own_state", "owner", "sandbox", "shared"]
SETTINGS = Settings(**SANDBOX.model_dump())
