# `make run` needs python3 (3.11 or newer) and make, nothing else. `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# One more at a time than there are cores, since some tests wait; those that measure have the machine for themselves.
SHARED_RUN := -n $(shell expr $$(nproc) + 1) --dist worksteal
# The files that have such tests: to collect all the others takes longer than to run these.
ALONE = $(shell grep -rlE --include='test_*.py' --exclude-dir=.venv 'mark\.alone' .)
HAS_BROWSER := $(shell command -v chromium)
HAS_LITECOIND := $(shell command -v litecoind)
SHARED := accounts/*,api/*,apikeys/*,audit/*,egress/*,plans/*
EMBEDDED := env -u DATABASE_URL -u REDIS_URL -u CELERY_BROKER_URL -u PRODUCTION
# A database on a server that may create others: tests make one of their own beside it.
TEST_DATABASE_URL ?= $(or $(DATABASE_URL),postgres://postgres@127.0.0.1:5432/postgres)
TEST_REDIS_URL ?= $(or $(REDIS_URL),redis://127.0.0.1:6379/0)

.DEFAULT_GOAL := help
.PHONY: help run secrets install dev lock test test-services coverage fuzz lint types layers migrations deploy-check locked check clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  %-14s %s\n", $$1, $$2}'

run: install ## Serve the embedded platform with demo data on http://127.0.0.1:8000 (PORT=8001 make run)
	@exec $(BIN)/python manage.py run_platform

install: ## Make .venv with the pinned runtime requirements
	@$(PYTHON) fluxplatform/bootstrap.py

dev: ## Make .venv with what tests and checks need
	@$(PYTHON) fluxplatform/bootstrap.py --dev

lock: dev ## Renew the pins of requirements*.txt from requirements*.in (UPGRADE=1 takes newest versions)
	$(BIN)/uv pip compile $(if $(UPGRADE),--upgrade) --quiet --no-strip-extras --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(if $(UPGRADE),--upgrade) --quiet --no-strip-extras --universal --python-version 3.11 --generate-hashes -c requirements.txt requirements-dev.in -o requirements-dev.txt

test: dev ## Run the suite on embedded parts: SQLite, local files, no service
	$(EMBEDDED) COVERAGE_FILE=.coverage-embedded $(PYTEST) $(SHARED_RUN) --cov --cov-report= \
		-p tests.marked_must_run $(if $(HAS_BROWSER),--must-run browser) $(if $(HAS_LITECOIND),--must-run litecoind) \
		-m "not services and not fuzz and not alone$(if $(HAS_BROWSER),, and not browser)"
	$(EMBEDDED) $(PYTEST) -m "alone and not services" $(ALONE)

test-services: dev ## Run on PostgreSQL and Redis all that may differ there; nothing marked services may be skipped
	$(EMBEDDED) DATABASE_URL=$(TEST_DATABASE_URL) REDIS_URL=$(TEST_REDIS_URL) COVERAGE_FILE=.coverage-services \
		$(PYTEST) $(SHARED_RUN) -p tests.marked_must_run --must-run services --create-db \
		-p tests.measured_marks --measure services --cov --cov-report= \
		-m "not once and not browser and not fuzz and not alone"
	$(EMBEDDED) DATABASE_URL=$(TEST_DATABASE_URL) REDIS_URL=$(TEST_REDIS_URL) \
		$(PYTEST) --create-db -m "alone and services" $(ALONE)

coverage: ## Judge what both runs covered: 95 % of everything, 100 % of the shared layer
	$(BIN)/coverage combine --keep --quiet .coverage-embedded .coverage-services
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --fail-under=100 --include='$(SHARED)'

fuzz: dev ## Send the API everything that its OpenAPI schemas allow and forbid
	$(EMBEDDED) $(PYTEST) -n 2 tests/test_openapi_fuzz.py

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev
	$(BIN)/mypy .

layers: dev
	$(BIN)/lint-imports

migrations: dev
	$(EMBEDDED) $(BIN)/python manage.py makemigrations --check --dry-run

deploy-check: dev
	$(EMBEDDED) PRODUCTION=true SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		PULL_SECRET_KEYS=$$($(BIN)/python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())') \
		ALLOWED_HOSTS=flux.example DATABASE_URL=sqlite:////nonexistent REDIS_URL=redis://127.0.0.1:1/0 \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

locked: dev
	.ci/locked

check: dev ## Everything that CI checks, in its order
	$(MAKE) --jobs=2 --output-sync=target types lint layers migrations deploy-check locked
	$(MAKE) test
	$(MAKE) test-services
	$(MAKE) fuzz
	$(MAKE) coverage

secrets: ## Make the files in secrets/ that docker-compose.yml reads; those that exist stay
	@umask 077; mkdir -p secrets; cd secrets; \
	random() { $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))'; }; \
	[ -e secret_key ] || random >secret_key; \
	[ -e pull_secret_keys ] || $(PYTHON) -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())' >pull_secret_keys; \
	[ -e postgres_password ] || random >postgres_password; \
	[ -e database_url ] || echo "postgres://flux:$$(cat postgres_password)@postgres:5432/flux" >database_url; \
	[ -e email_url ] || echo consolemail:// >email_url; \
	chmod 0444 secret_key pull_secret_keys postgres_password database_url email_url

clean: ## Remove what tools leave behind, not .venv and not var
	rm -rf .coverage* htmlcov .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis .prepared_cache
