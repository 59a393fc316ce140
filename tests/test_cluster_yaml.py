"""cluster.yaml is valid by Ray's own schema, grows from nothing, keeps work off the head, and lets nobody in without
the token.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def cluster() -> dict[str, Any]:
    """The cluster as Ray sees it: its own defaults filled in, its own schema applied."""
    from ray.autoscaler._private import util

    prepared: dict[str, Any] = util.prepare_config(yaml.safe_load((ROOT / "cluster.yaml").read_text()))
    util.validate_config(prepared)
    return prepared


def setup_of(cluster: dict[str, Any], node_type: str) -> str:
    """What Ray runs to set up a worker: the type's own commands stand in place of the general ones."""
    commands = cluster["available_node_types"][node_type].get("worker_setup_commands", cluster["worker_setup_commands"])
    return "\n".join(commands)


def test_the_head_takes_no_work(cluster: dict[str, Any]) -> None:
    head = cluster["available_node_types"][cluster["head_node_type"]]
    assert head["resources"]["CPU"] == 0
    assert head["resources"]["GPU"] == 0
    assert head["max_workers"] == 0


def test_every_kind_of_node_starts_from_zero_and_may_grow(cluster: dict[str, Any]) -> None:
    workers = {
        name: kind for name, kind in cluster["available_node_types"].items() if name != cluster["head_node_type"]
    }
    assert set(workers) == {"sandbox", "llm", "train"}
    assert all(kind["min_workers"] == 0 < kind["max_workers"] for kind in workers.values())
    assert cluster["idle_timeout_minutes"] > 0


@pytest.mark.parametrize(("name", "gpus"), [("sandbox", False), ("llm", True), ("train", True)])
def test_each_kind_offers_its_resource_and_only_its_own(cluster: dict[str, Any], name: str, gpus: bool) -> None:
    resources = cluster["available_node_types"][name]["resources"]
    assert set(resources) - {"CPU", "GPU"} == {name}
    assert (resources.get("GPU", 0) > 0) is gpus


def test_sandbox_nodes_bring_up_docker_and_the_image(cluster: dict[str, Any]) -> None:
    commands = setup_of(cluster, "sandbox")
    assert ".ci/install" in commands
    assert "docker.sock" in commands
    assert "environments.operating_system.image build" in commands
    assert cluster["file_mounts"]["~/agenttuning/environments"] == "environments"


def test_every_node_gets_the_token_and_every_ray_asks_for_it(cluster: dict[str, Any]) -> None:
    assert cluster["file_mounts"]["~/.ray/auth_token"] == "~/.ray/auth_token"
    for commands in (cluster["head_start_ray_commands"], cluster["worker_start_ray_commands"]):
        (start,) = (line for line in commands if "ray start" in line)
        assert "RAY_AUTH_MODE=token" in start
        assert "RAY_AUTH_TOKEN_PATH=$HOME/.ray/auth_token" in start
    head_setup = "\n".join(cluster["head_setup_commands"])
    for commands in (head_setup, *(setup_of(cluster, name) for name in ("sandbox", "llm", "train"))):
        assert "export RAY_AUTH_MODE=token" in commands
        assert "chmod 600 ~/.ray/auth_token" in commands


def test_the_dashboard_listens_to_its_own_node_only(cluster: dict[str, Any]) -> None:
    assert "--dashboard-host=127.0.0.1" in "\n".join(cluster["head_start_ray_commands"])


def test_nodes_install_the_versions_that_the_project_names(cluster: dict[str, Any]) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert f"'{extras['vllm'][0]}'" in setup_of(cluster, "llm")
    assert f"'{extras['aws'][0]}'" in "\n".join(cluster["head_setup_commands"])


def test_ray_refuses_a_cluster_that_is_none() -> None:
    from ray.autoscaler._private import util

    broken = yaml.safe_load((ROOT / "cluster.yaml").read_text()) | {"max_wrokers": 3}
    with pytest.raises(Exception, match="max_wrokers"):
        util.validate_config(util.prepare_config(broken))
