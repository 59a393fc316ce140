"""One hosted shop with the generated catalogue for all tests of the WebShop environment."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio

from environments.webshop.environment import WebShop
from environments.webshop.products.building import open_catalogue
from environments.webshop.products.product_catalogue import Catalogue
from environments.webshop.settings import Settings

hypothesis.settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy machine")


@pytest.fixture(scope="session")
def products_1000() -> Path:
    """WebShop's small catalogue, where it is at hand."""
    base = Path(os.environ.get("AGENTTUNING_DATA", Path(__file__).parents[4] / "shared" / "data"))
    path = base / "webshop" / "products_1000.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no WebShop catalogue at {path}; set AGENTTUNING_DATA")
    return path


@pytest.fixture(scope="session", autouse=True)
def _own_state() -> Iterator[None]:
    """A state directory for all tests of this environment, so that catalogues are built here and once."""
    before, folder = os.environ.get("AGENTTUNING_STATE"), tempfile.mkdtemp(prefix="at-shop-")
    os.environ["AGENTTUNING_STATE"] = folder
    yield
    os.environ.pop("AGENTTUNING_STATE")
    if before is not None:
        os.environ["AGENTTUNING_STATE"] = before
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state directory of the test's own, which knows the generated catalogue already."""
    folder = Path(tempfile.mkdtemp(prefix="at-"))
    open_catalogue(None).close()
    for kept in Path(os.environ["AGENTTUNING_STATE"]).glob("webshop-catalogue-*"):
        if kept.is_dir():
            shutil.copytree(kept, folder / kept.name)
    monkeypatch.setenv("AGENTTUNING_STATE", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def catalogue() -> Iterator[Catalogue]:
    """The generated catalogue."""
    opened = open_catalogue(None)
    yield opened
    opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def environment() -> AsyncIterator[WebShop]:
    """A started WebShop environment with its own shop."""
    shop = WebShop(Settings())
    await shop.start()
    yield shop
    await shop.stop()
