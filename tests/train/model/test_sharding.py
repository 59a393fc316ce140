"""A model sharded over two processes computes what it computes whole, and is loaded and exported by parts."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from actors.program.user_error import UserError
from tests.train.tiny_model import (
    CPU,
    assert_same,
    documents,
    gradients,
    load_packed,
    loss_of,
    pack,
    reference,
    write_model,
)
from tests.train.two_ranks import RANKS, in_two_ranks
from train.data.batch import IGNORED
from train.model import devices, sharding
from train.model.export import export
from train.settings import Compute, Lora

ITEMS = documents([25, 14, 31, 9])
VARIANTS = {
    "plain": Compute(precision="float32"),
    "recomputed": Compute(precision="float32", checkpointing="alternate"),
    "mixed": Compute(precision="mixed"),
    "copies": Compute(precision="float32", hsdp_shards=1),
}


def compute_sharded(rank: int, folder: Path) -> None:
    """Each rank takes half of the documents; the first writes the gradients of the sum, and a rank has once nothing to
    train on.
    """
    for name, compute in VARIANTS.items():
        for tied in (False, True):
            model = load_packed(folder / f"model-{tied}", compute, mesh=sharding.mesh(compute, CPU, RANKS))
            (loss_of(model, pack(ITEMS[rank::RANKS])) * RANKS).backward()
            found = gradients(model)
            model.zero_grad()
            batch = pack(ITEMS[:2])
            if rank == 1:
                batch.labels_T[:] = IGNORED
            (loss_of(model, batch) * RANKS).backward()
            once = gradients(model)
            if rank == 0:
                torch.save({"both": found, "one": once}, folder / f"{name}-{tied}.pt")
    _export_all(rank, folder)


def _export_all(rank: int, folder: Path) -> None:
    mesh = sharding.mesh(Compute(precision="float32"), CPU, RANKS)
    for tied in (False, True):
        model = load_packed(folder / f"model-{tied}", mesh=mesh)
        export(model, str(folder / f"model-{tied}"), folder / f"out-{tied}", torch.float32, max_shard_bytes=20_000)
    model = load_packed(folder / "model-False", mesh=mesh, lora=Lora(rank=4, targets=("q_proj",)))
    export(model, str(folder / "model-False"), folder / "out-lora", torch.float32)
    try:
        export(model, str(folder / "model-False"), folder / "foreign", torch.float32)
    except UserError as error:
        (folder / f"refused-{rank}").write_text(str(error))
    dist.barrier()


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sharded")
    (folder / "foreign").mkdir()
    (folder / "foreign" / "precious").write_text("")
    for tied in (False, True):
        write_model(folder / f"model-{tied}", tied=tied)
    in_two_ranks(compute_sharded, folder)
    return folder


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_sharded_gradients_equal_whole_ones(variant: str, tied: bool, sharded: Path) -> None:
    found = torch.load(sharded / f"{variant}-{tied}.pt")
    model = load_packed(sharded / f"model-{tied}")
    for part, items in (("both", ITEMS), ("one", ITEMS[:2])):
        model.zero_grad()
        loss_of(model, pack(items)).backward()
        if variant == "mixed":
            assert_close(found[part], gradients(model), 0.2)
        else:
            assert_same(found[part], gradients(model))


def assert_close(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor], tolerance: float) -> None:
    """As a whole: single numbers of a bfloat16 gradient may be far off."""
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        error = (found[name] - wanted).norm() / wanted.norm()
        assert error < tolerance, f"{name}: {error:.2e}"


@pytest.mark.parametrize("tied", [False, True])
def test_what_is_exported_sharded_is_the_model(tied: bool, sharded: Path) -> None:
    assert len(list((sharded / f"out-{tied}").glob("model-*.safetensors"))) > 2
    again, ids = reference(sharded / f"out-{tied}"), torch.tensor([ITEMS[0][0]])
    assert (again.lm_head.weight is again.model.embed_tokens.weight) == tied
    assert torch.equal(again(ids).logits, reference(sharded / f"model-{tied}")(ids).logits)


def test_fresh_adapters_of_a_sharded_model_are_those_of_a_whole_one(sharded: Path, tmp_path: Path) -> None:
    lora = Lora(rank=4, targets=("q_proj",))
    export(
        load_packed(sharded / "model-False", lora=lora), str(sharded / "model-False"), tmp_path / "out", torch.float32
    )
    file = Path("adapter/adapter_model.safetensors")
    assert (sharded / "out-lora" / file).read_bytes() == (tmp_path / "out" / file).read_bytes()


def test_an_export_that_fails_fails_on_every_rank(sharded: Path) -> None:
    assert "was not written by this command" in (sharded / "refused-0").read_text()
    assert "the first rank could not write" in (sharded / "refused-1").read_text()
    assert (sharded / "foreign" / "precious").exists()


def test_shards_that_do_not_divide_the_workers_are_refused() -> None:
    with pytest.raises(UserError, match="does not divide the 4 workers"):
        sharding.mesh(Compute(precision="float32", hsdp_shards=3), CPU, 4)


def test_precision_follows_the_device() -> None:
    assert sharding.precision(Compute(), CPU) == ("mixed" if devices.cpu_multiplies_bfloat16() else "float32")
    assert sharding.precision(Compute(), torch.device("cuda")) == "mixed"
    assert sharding.precision(Compute(precision="float32"), CPU) == "float32"
    assert sharding.precision(Compute(precision="bfloat16"), CPU) == "bfloat16"


def load_measured(rank: int, folder: Path) -> None:
    """The most memory of its own that a rank had while it loaded, above what it had before."""
    mesh = sharding.mesh(Compute(precision="float32"), CPU, RANKS)
    before, peak, done = _own_bytes(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            peak[0] = max(peak[0], _own_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    load_packed(folder / "model", mesh=mesh)
    done.set()
    watcher.join()
    (folder / f"peak-{rank}").write_text(str(peak[0] - before))


def _own_bytes() -> int:
    """Without mapped files, which the system may drop and all ranks share."""
    lines = Path(f"/proc/{os.getpid()}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def test_loading_takes_each_rank_its_part_and_little_more(tmp_path: Path) -> None:
    sizes: dict[str, Any] = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 8, "vocab_size": 8192}
    write_model(tmp_path / "model", **sizes)
    whole = (tmp_path / "model" / "model.safetensors").stat().st_size
    assert whole > 150e6
    in_two_ranks(load_measured, tmp_path)
    for rank in range(RANKS):
        assert int((tmp_path / f"peak-{rank}").read_text()) < whole * 0.75


def reduce_in_mixed(rank: int, folder: Path) -> None:
    """Each rank's gradient is exact in bfloat16, their mean is not."""
    line = torch.nn.Linear(1, RANKS, bias=False)
    mesh = init_device_mesh("cpu", (RANKS,))
    fully_shard(line, mesh=mesh, mp_policy=sharding._mixed_precision("mixed"))
    line(torch.tensor([[1.0 if rank == 0 else 2**-8]])).sum().backward()
    gradient = line.weight.grad
    assert isinstance(gradient, DTensor)
    torch.save(gradient.full_tensor(), folder / f"mean-{rank}.pt")


def test_gradients_are_summed_in_float32_where_products_are_bfloat16(tmp_path: Path) -> None:
    in_two_ranks(reduce_in_mixed, tmp_path)
    for rank in range(RANKS):
        assert torch.load(tmp_path / f"mean-{rank}.pt").tolist() == [[(1 + 2**-8) / 2]] * RANKS
