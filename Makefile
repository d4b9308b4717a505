# Everything a developer, a user and CI call. `make demo` and `make test` set up what they need.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Files go to workers in our order: what takes long begins first.
PYTEST := $(BIN)/pytest -q -n auto --dist loadfile --no-loadscope-reorder

.PHONY: help setup demo test test-server check format lint types contracts bench bench-records bundle lock system-deps clean

help: ## show these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## make .venv with the autoclave command in it

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: setup ## walk the whole way with a small compromised hospital
	$(BIN)/autoclave demo

test: setup ## run every test that this machine can run
	$(PYTEST)

test-server: setup ## run the scenarios on S3, PostgreSQL and Prefect, and what stands and falls with the catalogue
	$(PYTEST) --catalogue postgresql tests/integration/pipeline
	$(PYTEST) --stores s3 --catalogue postgresql tests/scenarios/test_workers.py
	$(PYTEST) --stores s3 --catalogue postgresql --orchestrator prefect tests/scenarios

check: format lint types contracts ## format, lint, types, import contracts

format: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy
	$(BIN)/mypy --package infra.bundle

contracts: setup
	$(BIN)/lint-imports --no-cache

bench: setup ## measure the main job beside the bare yara command
	$(BIN)/python -m benchmarks.main_job $(BENCH)

bench-records: setup ## measure record validation beside its peers
	$(BIN)/python -m benchmarks.records $(BENCH)

bundle: setup ## make the archive that installs without a network: dist/ (BUNDLE="--sign KEY --pack FOLDER")
	$(BIN)/python -m infra.bundle $(BUNDLE)

lock: ## write requirements.lock anew from pyproject.toml
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet --disable-pip-version-check uv
	$(VENV)-lock/bin/uv pip compile pyproject.toml --all-extras --group dev --generate-hashes --universal \
	  --python-version 3.11 --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	  --quiet -o requirements.lock
	rm -rf $(VENV)-lock

system-deps: ## install the real servers and peers of the integration tests and benchmarks (Debian, root)
	apt-get update -qq
	# Tests start servers of their own: Debian's need not run.
	mkdir -p /etc/postgresql-common
	test -e /etc/postgresql-common/createcluster.conf || \
	  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
	mkdir -p /etc/ssh
	test -e /usr/sbin/sshd || touch /etc/ssh/sshd_not_to_be_run
	apt-get install -y -qq --no-install-recommends yara \
	  ceph-mon ceph-osd radosgw ceph-common postgresql clamav-daemon \
	  poppler-utils openssh-client openssh-server \
	  bubblewrap libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui \
	  libreoffice-draw-nogui

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
