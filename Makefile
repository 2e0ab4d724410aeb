# Every target installs what it needs into .venv first; README.md has the same lines without make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SEEDS ?= 1 2 3
PARALLEL := --numprocesses=auto --dist=loadfile

.DEFAULT_GOAL := help
.PHONY: help book lab exercises verdicts test test-fast coverage lint bench lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(INSTALLED): pyproject.toml requirements.lock
	@echo "installing the pinned environment into $(VENV) (the first time takes minutes)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[all]'
	@touch $@

book: $(INSTALLED) ## run the experiments, execute every page, render the book into _build/html
	@$(BIN)/python book/build.py

lab: $(INSTALLED) ## open JupyterLab: the same pages and the exercises with a kernel behind them
	@$(BIN)/jupyter lab --LabApp.app_settings_dir=book/_lab

exercises: $(INSTALLED) ## release the assignments of solutions/ into exercises/
	@$(BIN)/lrcourse release

verdicts: $(INSTALLED) ## run every trial on other seeds, SEEDS="1 2 3", and name verdicts that change
	@$(BIN)/lrcourse claims run --seed $(SEEDS)

test: lint ## everything, with coverage: unit tests, the real grader, the book in a real browser
	@$(BIN)/python book/build.py
	@$(BIN)/python tests/browser/chromium.py
	@$(BIN)/python -m pytest $(PARALLEL) --cov

test-fast: $(INSTALLED) ## the everyday loop: no browser, no kernels, no book
	@$(BIN)/python -m pytest $(PARALLEL) -m "not slow"

coverage: $(INSTALLED) ## the everyday loop again, and which lines and branches it leaves out
	@$(BIN)/python -m pytest $(PARALLEL) -m "not slow" --cov

lint: $(INSTALLED) ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(INSTALLED) ## what imports, schedules, sweeps, finders, grading and pages cost, beside peers
	@$(BIN)/python -m benchmarks.imports
	@$(BIN)/python -m benchmarks.schedules
	@$(BIN)/python -m benchmarks.sweep
	@$(BIN)/python -m benchmarks.fourteen
	@$(BIN)/python -m benchmarks.finder
	@$(BIN)/python -m benchmarks.grading --many 500
	@$(BIN)/python -m benchmarks.attacks
	@$(BIN)/python -m benchmarks.pages

lock: $(INSTALLED) ## resolve the environment again and pin what came out
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --extra all --universal --python-version 3.11 \
		--upgrade --no-header --quiet --output-file requirements.lock

clean: ## remove what was built (delete .venv too to start from nothing)
	@rm -rf _build dist *.egg-info gradebook.db .pytest_cache .mypy_cache .ruff_cache
