# Everything from a fresh clone, with only Python 3.11 or newer, git and make:
#   make demo    set up .venv and run the main job on the example policies
#   make test    set up .venv, with the rule engines and Spark that some tests use, and run the tests

VENV := .venv
BIN := $(VENV)/bin
SET_UP := $(VENV)/.set-up
ENGINES := $(VENV)/.engines
SPARK := $(VENV)/.spark
SITE := $(VENV)/.site
PICTURES := docs/pictures/.taken
BROWSER := editors/web/node_modules/.installed

VSCODE := editors/vscode

.PHONY: vscode colours demo test check setup engines spark browser docs clean

setup: $(SET_UP)

# PYTHON=... chooses the interpreter; else the newest of the usual names that is recent enough.
$(SET_UP): requirements.lock pyproject.toml
	@python=""; \
	for candidate in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3 python); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    python="$$candidate"; break; \
	  fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "error: this needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	echo "setting up $(VENV) with $$("$$python" --version)"; \
	[ -x $(BIN)/python ] || "$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

demo: setup
	@sh scripts/demo.sh $(BIN)/verifier

# The rule engines of others that `verifier attack` is tried on, and the driver for PostgreSQL, which audits read tables
# with. Where one cannot be had, its tests are skipped.
$(ENGINES): $(SET_UP) engines.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r engines.lock \
	  || echo "warning: the rule engines cannot be installed; tests that need them are skipped" >&2
	@touch $@

engines: $(ENGINES)

# Spark, which `verifier audit --engine spark` runs on. Where it cannot be had, its tests are skipped.
$(SPARK): $(SET_UP) spark.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r spark.lock \
	  || echo "warning: Spark cannot be installed; tests that need it are skipped" >&2
	@touch $@

spark: $(SPARK)

# What drives a browser in the tests of the page. Where npm or chromium is missing, these tests are skipped.
$(BROWSER): editors/web/package-lock.json
	@(cd editors/web && npm ci --silent --no-audit --no-fund) && touch $@ \
	  || echo "warning: the packages of editors/web/ cannot be installed; tests that need a browser are skipped" >&2

browser: $(BROWSER)

# The pages of docs/ as a site: build/docs/index.html. A link to what is not there, or any other warning, is an error.
$(SITE): $(SET_UP) docs.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r docs.lock
	@touch $@

# The pictures of the page, taken by its tests. Where npm or chromium is missing, the site says so in their place.
$(PICTURES): $(BROWSER) editors/web/pictures.mjs $(wildcard verifier/web/static/* docs/tutorial/*) $(SET_UP)
	@mkdir -p docs/pictures
	@PICTURES=docs/pictures $(BIN)/python -m pytest tests/browser/test_pictures.py >docs/pictures/log 2>&1 \
	  || { cat docs/pictures/log; exit 1; }
	@if [ -f docs/pictures/case-light.png ]; then touch $@; \
	  else echo "warning: without npm and chromium the site has no pictures of the page" >&2; fi

docs: $(SITE) $(PICTURES)
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --fresh-env --builder html docs build/docs
	@echo "build/docs/index.html"

# What colours a text as VS Code does, in tests of the extension. Where npm is missing, these tests are skipped.
colours:
	@$(MAKE) --silent $(VSCODE)/node_modules/.installed \
	  || echo "warning: the packages of $(VSCODE)/ cannot be installed; tests that need them are skipped" >&2

test: setup engines spark browser colours
	@$(BIN)/python -m pytest -n auto --dist worksteal

# The extension for VS Code, checked, built and packed: editors/vscode/policy-verifier.vsix.
vscode: $(VSCODE)/node_modules/.installed
	@cd $(VSCODE) && npm run --silent pack

$(VSCODE)/node_modules/.installed: $(VSCODE)/package-lock.json
	@cd $(VSCODE) && npm ci --silent --no-audit --no-fund && touch node_modules/.installed

check: setup
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

clean:
	rm -rf $(VENV) build docs/pictures editors/web/node_modules $(VSCODE)/node_modules $(VSCODE)/dist
