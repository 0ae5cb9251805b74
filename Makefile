# Two commands for a newcomer: `make demo` and `make test`. Both need only python3 (3.11 or later), its pip, and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
SEEDS  ?= 1000
DEPTH  ?= 50
WORKERS ?= auto
CHAOS   ?= --kills 200 --away 600 --changes 100

.PHONY: demo demo-regions test check deep screenshots image-test lint soak fuzz chaos simulate taint bench bench-big bench-peers lock clean help
.DEFAULT_GOAL := help

help:
	@echo 'make demo    set up, then watch a small shop: probes, status page, faults, pages, report'
	@echo 'make demo-regions  the same from three regions: PostgreSQL, a centre, three agents, networks to break'
	@echo 'make test    set up, then run the tests'
	@echo 'make check   ruff, mypy, import-linter and the tests'
	@echo 'make deep    every property of the tests with DEPTH (50) times the examples of a build'
	@echo 'make screenshots  take the pictures of the documentation anew, from the pages as they are (needs Chromium)'
	@echo 'make image-test  build the image and run it (root, buildah, podman; apt-get knows them all, see .ci/run)'
	@echo 'make soak    1,000 random kills of a process that is writing results'
	@echo 'make fuzz    20,000 files as nobody should write them: no traceback, no hang, no more than 200 MiB'
	@echo 'make chaos   kill, freeze, cut and restore agents, centres and database for an hour, with a checker outside'
	@echo 'make simulate SEEDS=2000   worlds in virtual time around the judge and the sender'
	@echo 'make taint   200 secrets through a day of runs with a hostile target; nothing that comes out may show one'
	@echo 'make bench   every benchmark, as ratios against a peer in the same run; fills docs/performance.md (ONLY=journey: one)'
	@echo 'make bench-big   those that take hours or gigabytes, and only those (ONLY=growth: one)'
	@echo 'make bench-peers fetch the tools that synthmon is measured beside (npm, pip, apt-get)'
	@echo 'make lock    resolve the lock files anew (needs uv)'

# --without-pip and then pip from outside: some distributions' venv cannot put pip inside by itself.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'synthmon needs Python 3.11 or later; say which with: make PYTHON=python3.12 …' >&2; exit 1; }
	@echo 'Setting up $(VENV) (once, about half a minute) …'
	@$(PYTHON) -m venv --clear --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check \
	  --no-deps --require-hashes -r requirements.lock
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY)
	@$(BIN)/synthmon demo

demo-regions: $(READY)
	@$(BIN)/synthmon demo regions

test: $(READY)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'not container'

deep: $(READY)
	@TESTS_DEPTH=$(DEPTH) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'hypothesis or deep'

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/hadolint Dockerfile

check: lint test

image-test: $(READY)
	@$(BIN)/python -m pytest -m container --durations=5

screenshots: $(READY)
	@SCREENSHOTS=1 $(BIN)/python -m pytest tests/browser/test_screenshots.py

soak: $(READY)
	@$(BIN)/python -m tests.soak.kill --kills $(SEEDS)

fuzz: $(READY)
	@$(BIN)/python -m tests.probefile.fuzz $(FUZZ)

chaos: $(READY)
	@$(BIN)/python -m tests.chaos.run $(CHAOS)

simulate: $(READY)
	@$(BIN)/python -m tests.simulation.simulate --seeds $(SEEDS)

taint: $(READY)
	@$(BIN)/python -m tests.taint.whole

bench: $(READY)
	@$(BIN)/python benchmarks/_page.py --only '$(ONLY)'

bench-big: $(READY)
	@$(BIN)/python benchmarks/_page.py --big --only '$(ONLY)'

bench-peers: $(READY)
	@$(BIN)/python benchmarks/peers.py --install

# Names, versions and hashes only; every platform and Python in one file. The image installs the two smaller ones, whose
# versions are those of the first: what was tested is what is shipped.
UV_LOCK = uv pip compile --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock:
	$(UV_LOCK) pyproject.toml --group dev --extra celery --extra vault --extra aws --extra otlp --output-file requirements.lock
	$(UV_LOCK) pyproject.toml --extra celery --extra vault --extra otlp --constraint requirements.lock --output-file requirements-runtime.lock
	$(UV_LOCK) --group build --constraint requirements.lock --output-file requirements-build.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
