# make demo: agents at work in Linux containers and a database, and the dataset they leave.  make test: all tests.
python := .venv/bin/python
with_docker := .ci/with-docker
run := runs/demo

.PHONY: demo test check format image install lock clean

demo: install
	$(with_docker) $(python) -m actors rollout configs/demo.yaml
	$(python) -m actors filter $(run)
	$(python) -m actors export $(run)/filtered

test: install
	$(with_docker) $(python) -m pytest $(TESTS)

check: install
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy

format:
	$(python) -m ruff format .
	$(python) -m ruff check --fix .

image: install
	$(with_docker) $(python) -m environments.operating_system.image build

install:
	@.ci/install

lock:
	.ci/lock

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis
