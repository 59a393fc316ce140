"""What a worker asks the cluster for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from train.run.driver import cpu_share


@given(st.lists(st.integers(min_value=0, max_value=64).map(float), max_size=6), st.integers(min_value=1, max_value=12))
def test_every_worker_gets_as_many_cpus_as_all_of_them_find_on_a_node(nodes: list[float], workers: int):
    def fit(share: float) -> bool:
        return sum(node // share for node in nodes) >= workers

    share = cpu_share(nodes, workers)
    assert fit(share) or share == 1
    assert not any(fit(more) for more in range(int(share) + 1, 66))


def test_one_worker_does_not_ask_for_what_two_nodes_have_together():
    assert cpu_share([1.0, 1.0], 1) == 1
    assert cpu_share([0.0, 8.0, 4.0], 3) == 4
