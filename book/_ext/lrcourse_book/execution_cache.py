"""Executed pages are kept for as long as the code they import stays the same.

MyST-NB finds a stored execution by the text of a page's code cells alone, so it would show the
results of an older package. Here the store lies in a folder named by a digest of the package: an
edit of the package executes every page again, an edit of prose executes none.
"""

import shutil
from pathlib import Path

from content_digest import digest
from sphinx.application import Sphinx
from sphinx.config import Config

STORE = ".jupyter_cache"


def choose_store(app: Sphinx, config: Config) -> None:
    """Point MyST-NB at the store of the present digest, and drop the stores of older ones."""
    if config.nb_execution_cache_path:
        return
    stores = Path(app.outdir).parent / STORE
    current = stores / digest(Path(app.srcdir), config.lrcourse_book_cache_key)
    for old in stores.iterdir() if stores.is_dir() else ():
        if old != current:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    config.nb_execution_cache_path = str(current)


def setup(app: Sphinx) -> None:
    """Declare what the digest is made of, and choose the store before MyST-NB reads the setting."""
    app.add_config_value("lrcourse_book_cache_key", [], "env", [list])
    app.connect("config-inited", choose_store)
