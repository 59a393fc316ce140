"""A model behind a URL is held against the folder it should be; what a server cannot answer is said, never passed
over.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serve.check.check_runs import EVERYTHING, Check
from tests.serve.http_server import EXTENSIONS, serving
from tests.serve.trained_folder import copied, edited, with_template, with_weights, write_source, write_trained
from tests.train.tokenizers_of_families import CHATML_TEMPLATE


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("url")
    return write_trained(write_source(folder / "source"), folder / "model")


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    return Check(capsys)


@pytest.mark.parametrize("without", [set(), {"return_token_ids"}, {"prompt_logprobs"}])
def test_the_same_folder_behind_a_server_passes_by_whichever_way_it_answers(
    without: set[str], trained: Path, check: Check
) -> None:
    with serving(trained, has=EXTENSIONS - without) as url:
        found = check(trained, "--url", url, "dtype=float32")
    assert (found.code, found.of("ok")) == (0, EVERYTHING)


def test_what_a_server_cannot_answer_is_said_not_to_be_checked(trained: Path, check: Check) -> None:
    with serving(trained, has=frozenset()) as url:
        found = check(trained, "--url", url)
    assert found.of("not checked") == ["token ids", "log-probabilities", "stop token"]
    assert "HTTP 404" in found.lines["token ids"]
    with serving(trained, has=EXTENSIONS - {"prompt_logprobs", "echo"}) as url:
        found = check(trained, "--url", url)
    assert (found.code, found.of("not checked")) == (0, ["log-probabilities"])


@pytest.mark.parametrize(
    ("factor", "part"),
    [(0.0, "embed_tokens"), (1.5, "layers.1.mlp"), (1.5, "q_proj")],
)
def test_a_server_with_other_weights_fails(
    factor: float, part: str, trained: Path, tmp_path: Path, check: Check
) -> None:
    other = with_weights(copied(trained, tmp_path / "other"), **{part: factor})
    with serving(other) as url:
        found = check(trained, "--url", url)
    assert (found.code, found.of("FAILED")) == (1, ["log-probabilities"])


def test_a_server_whose_output_head_is_random_fails(trained: Path, tmp_path: Path, check: Check) -> None:
    """transformers fills in a head that the file does not have, with no more than a warning."""
    other = edited(copied(trained, tmp_path / "other"), "config.json", tie_word_embeddings=False)
    with serving(other) as url:
        found = check(trained, "--url", url)
    assert (found.code, found.of("FAILED")) == (1, ["log-probabilities"])


def test_a_server_with_other_positions_fails(trained: Path, tmp_path: Path, check: Check) -> None:
    rope = {"rope_theta": 100.0, "rope_type": "default"}
    other = edited(copied(trained, tmp_path / "other"), "config.json", rope_parameters=rope)
    with serving(other) as url:
        found = check(trained, "--url", url)
    assert (found.code, found.of("FAILED")) == (1, ["log-probabilities"])


def test_a_server_with_another_template_or_without_the_stop_token_fails(
    trained: Path, tmp_path: Path, check: Check
) -> None:
    other = with_template(copied(trained, tmp_path / "other"), "Be kind. " + CHATML_TEMPLATE)
    edited(other, "generation_config.json", eos_token_id=0)
    with serving(other) as url:
        found = check(trained, "--url", url)
    assert (found.code, found.of("FAILED")) == (1, ["token ids", "stop token"])


def test_the_model_is_named_where_the_server_has_several(trained: Path, check: Check) -> None:
    with serving(trained, ("tuned", "base")) as url:
        assert "say which with --served-name" in check(trained, "--url", url).mistake
        assert (
            "no model 'tunde': give --served-name one of 'tuned'"
            in check(trained, "--url", url, "--served-name", "tunde").mistake
        )
        assert check(trained, "--url", url, "--served-name", "tuned").code == 0
        assert "names no models (HTTP 404)" in check(trained, "--url", url.removesuffix("/v1")).mistake


def test_a_key_comes_from_the_environment_or_is_missed(
    trained: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    assert (
        "'NO_SUCH_KEY', which is not set"
        in check(trained, "--url", "http://127.0.0.1:9/v1", "api_key_env=NO_SUCH_KEY").mistake
    )
