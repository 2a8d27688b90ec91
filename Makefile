# Every target sets up what it needs and can be run again. VENV= shares one environment between checkouts.
VENV ?= .venv
PYTHON ?= python3
PORT ?= 8080
CATALOG ?=
BIN := $(VENV)/bin
STAMP := $(VENV)/.vitrine-$(shell cat pyproject.toml constraints.txt | sha256sum | cut -c1-16)
export YOLO_OFFLINE := true
export YOLO_AUTOINSTALL := false
export PYTHONPATH := $(CURDIR)

.PHONY: demo serve test lint bench setup system

demo: setup system
	$(BIN)/python -m demo $(if $(CATALOG),--catalog "$(CATALOG)") --out build/demo

serve: setup
	$(BIN)/python -m demo $(if $(CATALOG),--catalog "$(CATALOG)") --out build/demo --port $(PORT) --keep

# Three processes keep two cores busy, as many tests wait for servers; threads of numeric libraries would only wait for
# each other. A file's tests run in one process, which sets up once what they share.
test: export OMP_NUM_THREADS := 1
test: setup system
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 0

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks --out build/bench

setup: $(STAMP)

# faiss-cpu and faiss-gpu both install the module faiss: the extra cpu is for machines without CUDA.
$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "uv>=0.9,<1"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --editable ".[cpu,dev]" --constraints constraints.txt
	rm -f $(VENV)/.vitrine-*
	touch $@

system:
	@bash deploy/system-packages.sh
