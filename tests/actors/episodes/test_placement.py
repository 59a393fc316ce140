"""Decisions, each with its reason."""

from __future__ import annotations

import random

import pytest

from actors.episodes.placement import Retries, after_ending, after_failure, least_loaded
from environments.contract import Status


@pytest.mark.parametrize("status", list(Status))
def test_only_what_infrastructure_ended_is_played_again(status: Status):
    decision = after_ending(status, 1, Retries(), random.Random(0))
    infrastructure = {Status.ENVIRONMENT_ERROR, Status.PROVIDER_ERROR, Status.TURN_TIMEOUT, Status.EPISODE_TIMEOUT}
    assert decision.again is (status in infrastructure)
    assert decision.reason


def test_tries_end_and_pauses_grow_to_their_limit():
    retries = Retries(max_tries=10, first_pause_s=1, longest_pause_s=8)
    pauses = [after_ending(Status.PROVIDER_ERROR, tries, retries, random.Random(1)).pause_s for tries in range(1, 10)]
    assert all(0.5 <= pause <= 8 for pause in pauses)
    assert pauses[0] <= 1 < pauses[5]
    assert not after_ending(Status.PROVIDER_ERROR, 10, retries, random.Random(1)).again


def test_an_actor_is_replaced_unless_it_dies_again_and_again():
    assert after_failure([100.0], 100.0).replace
    assert after_failure([0.0] * 30, 100.0).replace
    assert not after_failure([99.0] * 21, 100.0).replace


def test_a_lease_goes_to_the_least_loaded_that_is_up():
    assert least_loaded([3, 1, 2], [False, False, False]) == 1
    assert least_loaded([3, 1, 2], [False, True, False]) == 2
    assert least_loaded([3, 1], [True, True]) == 1
