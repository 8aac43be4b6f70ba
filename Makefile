# Shorthands; each does its own set-up.
.PHONY: check test demo

.venv: pyproject.toml
	python3 -m venv .venv && .venv/bin/pip install -q -e '.[local,test,dev]' && touch .venv

check: .venv  ## static checks
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

test: .venv  ## the suite
	.venv/bin/python -m pytest

demo: .venv  ## the main job, on the embedded model
	.venv/bin/python -m solverlearner run task=arith base=9
