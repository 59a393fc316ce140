from __future__ import annotations

import json
from pathlib import Path

import pytest

from actors.program.user_error import UserError
from tests.train.planned import TINY
from train.model.devices import DEVICES, device_of, known_device, measured_peak
from train.model.shapes import config_of, read_config, shape_of


def test_a_config_is_read_from_a_model_folder_and_from_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(TINY))
    assert read_config(tmp_path) == read_config(tmp_path / "config.json") == TINY


@pytest.mark.parametrize(
    ("text", "told"),
    [(None, "cannot read"), ("{", "is not JSON"), ("{}", "no 'model_type'"), ("[1]", "no 'model_type'")],
)
def test_what_is_no_config_is_told_in_one_line(tmp_path: Path, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(UserError, match=told):
        read_config(tmp_path / "config.json")


def test_a_shape_takes_grouped_keys_and_head_widths_of_their_own() -> None:
    shape = shape_of(config_of("llama-2-70b"))
    assert (shape.queries, shape.keys) == (8192, 1024)
    wide = shape_of(TINY | {"head_dim": 32})
    assert (wide.queries, wide.keys) == (256, 128)


def test_experts_and_strange_models_get_no_plan() -> None:
    with pytest.raises(UserError, match="num_local_experts=8"):
        shape_of(TINY | {"num_local_experts": 8})
    with pytest.raises(UserError, match="has no intermediate_size"):
        shape_of({key: value for key, value in TINY.items() if key != "intermediate_size"})


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'llama-2-70b'"):
        config_of("llama2-70b")
    with pytest.raises(UserError, match="did you mean 'h100-80gb'"):
        device_of("H100-80")


@pytest.mark.parametrize(
    ("cuda_name", "name"),
    [
        ("NVIDIA H100 80GB HBM3", "h100-80gb"),
        ("NVIDIA H100 PCIe", "h100-pcie"),
        ("NVIDIA H100 NVL", "h100-nvl"),
        ("NVIDIA H200", "h200"),
        ("NVIDIA A100-SXM4-80GB", "a100-80gb"),
        ("NVIDIA A100-SXM4-40GB", "a100-40gb"),
        ("NVIDIA A10", "a10"),
        ("NVIDIA L40S", "l40s"),
        ("NVIDIA GeForce RTX 4090", "rtx-4090"),
        ("NVIDIA B200", "b200"),
    ],
)
def test_devices_are_known_by_the_names_that_cuda_gives_them(cuda_name: str, name: str) -> None:
    assert known_device(cuda_name) == DEVICES[name]


@pytest.mark.parametrize(
    "cuda_name", ["NVIDIA A10G", "NVIDIA L40", "NVIDIA GB200", "NVIDIA T4", "NVIDIA GeForce RTX 4090 D"]
)
def test_a_device_that_is_not_in_the_table_is_not_taken_for_another(cuda_name: str) -> None:
    assert known_device(cuda_name) is None


def test_this_machines_peak_is_measured_as_a_plausible_number() -> None:
    assert 1e8 < measured_peak(size=256, budget_s=0.05) < 1e14
