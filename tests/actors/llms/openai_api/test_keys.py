"""When a key is given up, and when it only rests."""

from __future__ import annotations

import math

from actors.llms.openai_api.keys import DOUBTS, NEW_DOUBTS, Keys


def refused(keys: Keys, episodes: int, times: int) -> list[float]:
    """The rests after refusals of key 0, each after the rest before it, in so many episodes in turn."""
    rests: list[float] = []
    now = 0.0
    for number in range(times):
        rests.append(keys.doubt(0, "HTTP 401", f"episode {number % episodes}", now))
        now += min(rests[-1], 1e6)
    return rests


def test_a_key_that_never_worked_is_given_up_when_it_is_refused_again_and_again_even_in_one_episode() -> None:
    keys = Keys(("A", "B"), 0.5, 30.0)
    assert refused(keys, 1, NEW_DOUBTS + 1) == [0.5, 1.0, 2.0, 4.0, math.inf]
    assert (keys.refused, keys.none_left) == ({0: "A: HTTP 401"}, False)


def test_a_single_refusal_gives_up_no_key_though_it_has_not_yet_worked_here() -> None:
    keys = Keys(("A",), 0.5, 30.0)
    assert keys.doubt(0, "HTTP 401", "e", 0.0) == 0.5
    keys.answered(0)
    assert keys.doubt(0, "HTTP 401", "e", 9.0) == 0.5
    assert not keys.refused


def test_one_that_worked_rests_longer_each_time_and_is_given_up_when_episode_after_episode_is_refused() -> None:
    keys = Keys(("A",), 0.5, 4.0)
    keys.answered(0)
    assert refused(keys, 3, DOUBTS + 1) == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0, math.inf]
    assert keys.none_left
    assert keys.reasons == "A: HTTP 401"


def test_a_good_call_forgets_the_refusals_before_it() -> None:
    keys = Keys(("A",), 0.5, 4.0)
    for _ in range(3):
        keys.answered(0)
        assert refused(keys, 3, DOUBTS)[:2] == [0.5, 1.0]
    assert not keys.refused


def test_one_refused_input_gives_up_no_key() -> None:
    keys = Keys(("A",), 0.5, 4.0)
    keys.answered(0)
    assert max(refused(keys, 1, 50)) == 4.0


def test_calls_that_were_under_way_together_count_once() -> None:
    keys = Keys(("A",), 0.5, 4.0)
    keys.answered(0)
    assert [keys.doubt(0, "HTTP 403", f"episode {n}", 0.1) for n in range(64)] == [0.5] * 64
    assert keys.doubt(0, "HTTP 403", "later", 0.7) == 1.0
