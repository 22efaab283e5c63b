# tsweb: the two commands are `make run` and `make test`.

PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python

.PHONY: run test bench lint lock clean

run: $(VENV)/.run-installed
	@exec $(PY) -m tsweb.serve

test: $(VENV)/.dev-installed
	@exec $(PY) -m tests.run

bench: $(VENV)/.dev-installed
	@exec $(PY) -m tests.bench

lint: $(VENV)/.dev-installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports

# A stamp newer than its lock file means that nothing has to be installed.
$(VENV)/.run-installed: requirements.lock
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev-installed: requirements-dev.lock $(VENV)/.run-installed
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Refreshes the lock files from pyproject.toml; needs `uv` on the path.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-c requirements.lock --extra dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) var .pytest_cache .hypothesis .ruff_cache
