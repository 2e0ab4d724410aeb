"""MathJax from the PyPI package ``sphinx-mathjax-offline``, copied into the site.

Formulas must show on a page opened from disk without a network, and no third-party code is kept in
this repository. What is copied is ``tex-chtml`` with the fonts and the TeX extensions that it loads
on demand: 2.0 MB of the package's 13.
"""

import importlib.metadata
import shutil
from pathlib import Path

from sphinx.application import Sphinx

PACKAGE = "sphinx-mathjax-offline"
ENTRY = "static/mathjax/tex-chtml.js"
FILES = ["tex-chtml.js", "output/chtml/fonts/woff-v2/*.woff", "input/tex/extensions/*.js"]
# 215 KB that repeat the other extensions in one file; nothing loads it unless asked by name.
LEFT_OUT = {"all-packages.js"}


def package_folder() -> Path:
    """Return the folder of the installed package that holds MathJax."""
    for file in importlib.metadata.files(PACKAGE) or []:
        if file.as_posix().endswith(ENTRY):
            return Path(str(file.locate())).parent
    raise FileNotFoundError(f"{PACKAGE} is installed without {ENTRY}; install it again")


def copy_mathjax(app: Sphinx) -> None:
    """Put MathJax where `mathjax_path` of _config.yml expects it, below ``_static``."""
    if app.builder.format != "html":
        return
    source, target = package_folder(), Path(app.outdir) / "_static" / "mathjax"
    for path in (path for pattern in FILES for path in source.glob(pattern)):
        copy = target / path.relative_to(source)
        if path.name in LEFT_OUT or (copy.exists() and copy.stat().st_size == path.stat().st_size):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def setup(app: Sphinx) -> None:
    """Copy before the pages are written: Sphinx adds a checksum to the script's address."""
    app.connect("builder-inited", copy_mathjax)
