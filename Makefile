# Everything is relative, and every program is run as `.venv/bin/python -m …`: neither spaces nor a very long
# name in the folder's path can break a target or a script's first line.

PYTHON ?= python3
RUN := .venv/bin/python
INSTALL := $(RUN) -m pip install -qq --progress-bar off --require-hashes
# What the reader's own shell says about Python must not leak into the project's.
unexport PYTHONHOME PYTHONPATH __PYVENV_LAUNCHER__ VIRTUAL_ENV PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev assets browser demo test check screenshots bench soak crashes mutants fmt lock clean

help: ## Show this list
	@echo "Convene: gets the right people to a child-protection strategy meeting in time, and proves it."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: setup assets ## Play a day of real cases through the running service (ONCE=1 ends after the story)
	@$(RUN) -m service demo $(if $(ONCE),--once)

test: setup-dev assets browser check ## Check everything and run the whole test suite
	@$(RUN) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup-dev ## Lint, formatting, types, the import table, the Dockerfile and the policy packs
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(RUN) -c 'from importlinter.cli import lint_imports_command as check; check()'
	@.venv/bin/hadolint Dockerfile
	@$(RUN) -m service policy validate

screenshots: setup-dev assets browser ## Make pictures of every page, in build/screenshots/
	@$(RUN) -m pytest -q tests/browser/take_screenshots.py

bench: setup-dev assets ## Measure what the README states, as ratios within one run
	@$(RUN) -m bench $(ARGS)

soak: setup-dev ## Live through simulated fortnights of faults (SEEDS=1000, FROM=200, SIZE=4; SEED=17: one again)
	@nice -n 10 $(RUN) -m tests.fortnight.soak $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FROM),--from $(FROM)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(SIZE),--size $(SIZE))

crashes: setup-dev assets ## Kill every job at every point, and every process again and again (make test tries a part)
	@nice -n 10 $(RUN) -m pytest -q --thorough tests/journey/test_crash_points.py tests/journey/test_crash_jobs.py \
	  tests/journey/test_power_cut.py tests/crash

mutants: setup-dev .make/mutants ## Change the rules one by one and see that a test notices (ONLY=notice: one module)
	@nice -n 10 $(RUN) -m mutmut run --max-children 1 $(if $(ONLY),'service.domain.$(ONLY).*')
	@$(RUN) -m mutmut results

fmt: setup-dev ## Format the code and mend what the linter can mend
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

setup: .make/embedded ## Make the virtual environment with what the demo needs

setup-dev: .make/dev ## The same with what the tests need

assets: .make/embedded ## Fetch the pages' style sheets and scripts
	@$(RUN) -m service.embedded.assets

browser: .make/dev ## Make sure that there is a Chromium for the tests
	@$(RUN) -m service.embedded.chromium

lock: .make/lock-tool ## Resolve the requirements again (needs a package registry)
	@lock() { .make/lock-tool/bin/python -m uv pip compile -q --universal --python-version 3.11.2 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links "$$@" pyproject.toml; } && \
	lock -o requirements/runtime.txt && \
	lock -o requirements/embedded.txt -c requirements/runtime.txt --extra embedded && \
	lock -o requirements/dev.txt -c requirements/embedded.txt --extra embedded --extra dev && \
	lock -o requirements/mutants.txt -c requirements/dev.txt --extra embedded --extra dev --extra mutants

clean: ## Remove everything that set-up and the tools have made
	rm -rf .venv .make build mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf service/web/static/vendor convene.egg-info

# Stamps are written last, so a set-up that was interrupted is simply done again; and a virtual environment in
# which an installation was cut off is not trusted but made anew.
ifneq ($(wildcard .make/installing),)
$(shell rm -f .make/venv .make/embedded .make/dev)
endif

.make/venv:
	@mkdir -p .make
	@python= ; for candidate in "$(PYTHON)" python3.13 python3.12 python3.11; do \
	  if command -v "$$candidate" >/dev/null 2>&1 && "$$candidate" -c \
	    'import sys; sys.exit(sys.version_info < (3, 11, 2))' 2>/dev/null && \
	    "$$candidate" -c 'import ensurepip, venv' 2>/dev/null; then python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
	  echo "Convene needs Python 3.11.2 or newer, with its venv module (on Debian and Ubuntu: python3-venv)." >&2; \
	  echo "Found: $(PYTHON) = $$("$(PYTHON)" --version 2>&1 | head -n 1)" >&2; \
	  echo "Another one can be named: make PYTHON=/path/to/python3.12 …" >&2; exit 1; fi; \
	if [ -e .make/installing ] || ! .venv/bin/python -c \
	  'import pip, sys; sys.exit(sys.version_info < (3, 11, 2))' >/dev/null 2>&1; then \
	  rm -rf .venv; touch .make/installing; "$$python" -m venv .venv || exit 1; fi
	@rm -f .make/installing
	@touch $@

.make/embedded: requirements/embedded.txt pyproject.toml .make/venv
	@echo "Setting up (about a minute the first time)…"
	@touch .make/installing
	@$(INSTALL) -r requirements/embedded.txt
	@$(RUN) -m pip install -qq --no-deps --no-build-isolation -e .
	@rm -f .make/installing
	@touch $@

.make/dev: requirements/dev.txt pyproject.toml .make/venv
	@echo "Setting up for the tests (about a minute and a half the first time)…"
	@touch .make/installing
	@$(INSTALL) -r requirements/dev.txt
	@$(RUN) -m pip install -qq --no-deps --no-build-isolation -e .
	@rm -f .make/installing
	@touch .make/embedded $@

.make/mutants: requirements/mutants.txt .make/dev
	@touch .make/installing
	@$(INSTALL) -r requirements/mutants.txt
	@rm -f .make/installing
	@touch $@

.make/lock-tool: .make/venv
	@$(RUN) -m venv .make/lock-tool
	@.make/lock-tool/bin/python -m pip install -qq uv
