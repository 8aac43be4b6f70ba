# Shorthands; each does its own set-up.
.PHONY: check test demo docs case2code-data reference

.venv: pyproject.toml
	python3 -m venv .venv && .venv/bin/pip install -q -e '.[local,test,dev]' && touch .venv

check: .venv  ## static checks
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

test: .venv  ## the suite
	.venv/bin/python -m pytest

demo: .venv  ## the main job, on the embedded model
	.venv/bin/python -m solverlearner run task=arith base=9

docs: .venv  ## the site, to build/site; fails on sentences that are too long, broken links and missing pages
	.venv/bin/python docs/check_prose.py
	.venv/bin/pip install -q -e '.[docs]'
	.venv/bin/mkdocs build --strict

case2code-data: .venv  ## the default set of task=case2code, from the standard library and the packages of .venv
	.venv/bin/python -m solverlearner synth source=[stdlib,installed] test=0.75 permissive=true compress=true to=build/case2code
	cp build/case2code/*.* tasks/case2code_data/

reference: .venv  ## the tables of docs/results.md, after taking in the complete runs under FROM="DIR …"
	.venv/bin/python docs/refresh.py $(FROM)
