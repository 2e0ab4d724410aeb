"""Pages are executed side by side, before Sphinx reads them one after the other.

MyST-NB executes a page when it reads it, and keeps the result. Here all pages that will be read are
executed first, one on each core, and kept in the same place, where MyST-NB finds them. Each is
executed in an empty folder, as a notebook that was downloaded. A page that fails is not kept:
MyST-NB executes it once more and shows where it fails.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

from joblib import cpu_count
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import getLogger

EXECUTED = "lrcourse-page-executed"  # an event, with the page's name and the seconds

logger = getLogger(__name__)


def execute(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute those of these pages that have no result yet, and keep the good results."""
    config = env.mystnb_config
    cache = get_cache(config.execution_cache_path)

    def alone(notebook: NotebookNode) -> ExecutionResult:
        with TemporaryDirectory() as folder:
            return single_nb_execution(
                notebook,
                cwd=folder,
                timeout=config.execution_timeout,
                allow_errors=config.execution_allow_errors,
            )

    with ThreadPoolExecutor(cpu_count()) as pool:
        running = {
            pool.submit(alone, notebook): docname
            for docname, notebook in unknown(cache, env, docnames)
        }
        for execution in as_completed(running):
            docname, result = running[execution], execution.result()
            if result.err is not None:  # also if it goes well the next time
                logger.warning("a cell failed: %s", type(result.err).__name__, location=docname)
                continue
            page = CacheBundleIn(
                result.nb, str(env.doc2path(docname)), data={"execution_seconds": result.time}
            )
            cache.cache_notebook_bundle(page, check_validity=False, overwrite=True)
            app.emit(EXECUTED, docname, result.time)


def unknown(
    cache: JupyterCacheAbstract, env: BuildEnvironment, docnames: list[str]
) -> Iterator[tuple[str, NotebookNode]]:
    """Yield name and notebook of each page with code whose result is not kept."""
    for docname in docnames:
        path = Path(env.doc2path(docname))
        text = path.read_text(encoding="utf-8")
        reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
        if reader is None:
            continue
        notebook = reader.read(text)
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            yield docname, notebook


def setup(app: Sphinx) -> None:
    """Execute as soon as Sphinx knows which pages it will read."""
    app.add_event(EXECUTED)
    app.connect("env-before-read-docs", execute)
