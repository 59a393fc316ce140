# make demo: agents at work in four worlds, and the dataset they leave.  make test: all tests.
python := .venv/bin/python
with_docker := .ci/with-docker
image := $(python) -m environments.operating_system.image build
run := runs/demo

.PHONY: demo test check format image packages lock clean

demo: packages
	$(with_docker) sh -c '$(image) && exec $(python) -m actors rollout configs/demo.yaml store=$(run)'
	$(python) -m actors filter $(run)
	$(python) -m actors export $(run)/filtered

test: packages
	$(with_docker) sh -c '$(image) && exec $(python) -m pytest $(TESTS)'

check: packages
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy

format: packages
	$(python) -m ruff format .
	$(python) -m ruff check --fix .

image: packages
	$(with_docker) $(image)

packages:
	@.ci/install --no-image

lock:
	.ci/lock

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis
