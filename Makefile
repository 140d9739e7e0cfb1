# What a newcomer and continuous integration call. A fresh machine needs cargo
# and, for the tests, python3 with pip; what else is missing is installed by
# deploy/tools/setup.sh, which does nothing where nothing is missing.

CARGO  ?= cargo
PYTHON ?= python3
SETUP  := deploy/tools/setup.sh

# The tests start servers of their own. Named here, so that an old nats-server
# on the PATH does not get in the way.
ifeq ($(PLEAT_NATS_SERVER),)
PLEAT_NATS_SERVER := $(CURDIR)/.tools/bin/nats-server
endif
export PLEAT_NATS_SERVER
# Nor does a fabric the shell knows of: all here runs by itself.
unexport PLEAT_NATS
# Python programs among the tests and benchmarks are NATS clients.
export PYTHONPATH := $(CURDIR)/.tools/py$(if $(PYTHONPATH),:$(PYTHONPATH))

# What the full tests compare with.
SCIKIT_LEARN := PYTHONPATH=$(CURDIR)/.tools/scikit-learn $(PYTHON)
# Where the slow tests leave models for xgboost to look at.
BOOSTER := $(CURDIR)/target/booster

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-full bench lint audit install clean

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## Build Pleat, tune a classifier on handwritten digits, print the ranking
	@$(SETUP) toolchain
	@mkdir -p target
	$(CARGO) run --release -p pleat -- tune deploy/examples/digits.toml --report target/report.json

test: ## Run the tests
	@$(SETUP) toolchain nats clients
	$(CARGO) test --release --workspace --no-fail-fast

test-full: ## Run the tests, the wide and slow ones included
	@$(SETUP) toolchain nats clients scikit-learn
	rm -rf $(BOOSTER)
	PLEAT_BOOSTER=$(BOOSTER) $(CARGO) test --release --workspace --no-fail-fast -- --include-ignored
	$(SCIKIT_LEARN) tests/parity/table.py target/release/pleat target/PARITY.md
	diff -u PARITY.md target/PARITY.md
	$(SCIKIT_LEARN) tests/parity/live.py target/live
	PLEAT_REFERENCE=$(CURDIR)/target/live $(CARGO) test --release --workspace --no-fail-fast -- --skip suite::
	PLEAT_REFERENCE=$(CURDIR)/target/live $(CARGO) test --release --workspace --test main -- suite::parity
	$(SCIKIT_LEARN) tasks/boosting/tests/booster.py check $(BOOSTER)

bench: ## Measure the parts, then the fabric as a whole
	@$(SETUP) toolchain nats clients scikit-learn
	$(CARGO) bench
	$(CARGO) build --release -p pleat
	$(PYTHON) tests/bench/fabric.py
	$(PYTHON) tests/bench/data.py
	$(SCIKIT_LEARN) tests/bench/grids.py
	$(SCIKIT_LEARN) tests/bench/estimators.py
	$(SCIKIT_LEARN) tests/bench/scale.py

lint: ## Check formatting, lints, documentation and, with cargo-deny there, licences
	@$(SETUP) toolchain lint
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --release -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --release
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		echo "$(CARGO) deny check bans licenses sources"; $(CARGO) deny check bans licenses sources; \
	else \
		echo "skipped: licences and sources of dependencies, for cargo-deny is not installed"; \
	fi

audit: ## Look dependencies up among known vulnerabilities: needs cargo-deny and a network
	$(CARGO) deny check advisories

install: ## Install the program pleat where cargo installs programs
	@$(SETUP) toolchain
	$(CARGO) install --locked --path host

clean: ## Remove what was built and installed in this checkout
	$(CARGO) clean
	rm -rf .tools
