"""The safetensors library reads what is written tensor by tensor."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from train.model.safetensors_file import Entry, SafetensorsWriter

SHAPES = st.lists(st.integers(0, 5), max_size=3).map(tuple)
DTYPES = st.sampled_from([torch.float32, torch.bfloat16, torch.float16, torch.float64])


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=9).filter(lambda name: name != "__metadata__"),
        st.tuples(SHAPES, DTYPES),
        max_size=5,
    )
)
def test_the_library_reads_every_tensor(
    tmp_path_factory: pytest.TempPathFactory, described: dict[str, tuple[tuple[int, ...], torch.dtype]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.safetensors"
    tensors = {name: torch.randn(shape).to(dtype) for name, (shape, dtype) in described.items()}
    with SafetensorsWriter(path, [Entry(name, *described[name]) for name in tensors]) as writer:
        for tensor in tensors.values():
            writer.write(tensor)
    found = load_file(path)
    assert found.keys() == tensors.keys()
    assert all(
        torch.equal(found[name], tensor) and found[name].dtype == tensor.dtype for name, tensor in tensors.items()
    )


def test_a_tensor_that_was_not_announced_is_refused(tmp_path: Path) -> None:
    with SafetensorsWriter(tmp_path / "file", [Entry("a", (2,), torch.float32)]) as writer:
        with pytest.raises(ValueError, match="expected"):
            writer.write(torch.zeros(3))
        writer.write(torch.zeros(3)[1:])


def test_a_file_without_all_its_tensors_is_not_taken_for_one(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="were not written"),
        SafetensorsWriter(tmp_path / "file", [Entry("a", (2,), torch.float32)]),
    ):
        pass
