r"""Sphinx settings: what a page shows lies on this machine, and what a page computes is computed here."""

import hashlib
import os
import sys
from importlib.metadata import distribution
from importlib.metadata import version as installed
from pathlib import Path

from simulations.real.sources import cache_folder

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # for the kernels that run the cells: their products are small

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))  # the two extensions below live beside this file


def digest(*patterns: str) -> str:
    r"""A fingerprint of the project's files: pages are built anew when what they show may have changed."""
    fingerprint = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()):
        fingerprint.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return fingerprint.hexdigest()[:16]


project = "Prompt-attention, verified"
author = ""
release = installed("prompt-attention-verification")
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinxcontrib.bibtex",
    "docstrings",
    "generate",
    "ticks",
]
root_doc = "index"
exclude_patterns = ["_build", "_generated/fragments"]
default_role = "py:obj"  # docstrings write `name` for a name

# Mathematics: MathJax as one local file with its glyphs inside; a page opened from a disk needs no network, no font.
# The package is only a carrier: as a Sphinx extension it would copy 24 MB and choose an output that loads font files.
mathjax_file = distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax/tex-svg-full.js")
mathjax_path = "tex-svg-full.js"
mathjax3_config = {
    "tex": {
        "packages": {"[-]": ["noundefined"]},  # an unknown macro is an error, which the tests find, not red text
        "macros": {
            "E": r"\mathbb{E}",
            "Prob": r"\mathbb{P}",
            "R": r"\mathbb{R}",
            "N": r"\mathcal{N}",
            "Var": r"\operatorname{Var}",
            "Cov": r"\operatorname{Cov}",
            "sign": r"\operatorname{sign}",
            "softmax": r"\operatorname{softmax}",
            "T": r"\mathsf{T}",
        },
    },
    "svg": {"fontCache": "local"},
}
numfig = True  # equations are numbered chapter.equation, so that a number means the same on every page
math_numfig = True
numfig_secnum_depth = 1
math_eqref_format = "({number})"

# Chapters: Markdown, whose code cells run at build time, once per state of the code.
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
shown_by_cells = digest("theory/**/*.py", "simulations/**/*.py", "tests/benchmarks/results/*", "tables/real-*.csv")
data_at_hand = hashlib.sha256(" ".join(sorted(path.name for path in cache_folder().glob("*"))).encode()).hexdigest()[:8]
nb_execution_cache_path = str(
    HERE / "_build" / "cells" / "-".join((shown_by_cells, data_at_hand, *map(installed, ("numpy", "scipy", "matplotlib"))))
)
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # the default would load them from elsewhere
nb_merge_streams = True
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # or the kernel prints a debugger's notice
os.environ["MATPLOTLIBRC"] = str(HERE / "matplotlibrc")  # one look for the pictures of all chapters
seen_by_ticks = digest("docs/*.py", "tests/**/*.py", "tables/*", "theory/**/*.py", "simulations/**/*.py", "README.md")

bibtex_bibfiles = sorted(path.relative_to(HERE).as_posix() for path in (HERE / "references").glob("*.bib"))
bibtex_default_style = "alpha"
bibtex_reference_style = "label"

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 90
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = ["Reference", ("Attributes", "params_style")]  # the second: several names to one line
add_module_names = False

html_theme = "furo"
html_title = project
html_static_path = ["_static", str(mathjax_file)]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_copyright = False
