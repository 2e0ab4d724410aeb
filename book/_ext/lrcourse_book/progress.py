"""What was executed and how long it took; a page that failed fails the build.

Printed rather than logged, so that it shows in quiet builds too.
"""

from pathlib import Path

from docutils import nodes
from myst_nb.core.execute import ExecutionResult
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx

from .side_by_side import EXECUTED

# book/build.py lets lines that start with this through.
PAGE = "[page]"


def execution(app: Sphinx, docname: str) -> ExecutionResult | None:
    """Return what MyST-NB noted of the page's execution; None for a page without code."""
    return NbMetadataCollector.get_exec_data(app.env, docname)


def describe(result: ExecutionResult | None) -> str:
    """Say in words what happened to a page that was not executed well in this build."""
    if result is None:
        return "text only"
    if not result["succeeded"]:
        return f"FAILED: {result['error']}"
    return f"kept from a run of {result['runtime'] or 0:.1f} s"


class Progress:
    """One line as each page is done, a table at the end."""

    def __init__(self) -> None:
        self.executed: set[str] = set()

    def page_executed(self, app: Sphinx, docname: str, seconds: float) -> None:
        """Print the line of a page that has just been executed."""
        self.executed.add(docname)
        print(f"{PAGE} {docname:<44} executed in {seconds:.1f} s", flush=True)

    def page_read(self, app: Sphinx, doctree: nodes.document) -> None:
        """Print the line of the page that has just been read, unless it has one already."""
        docname = app.env.docname
        if docname not in self.executed:
            print(f"{PAGE} {docname:<44} {describe(execution(app, docname))}", flush=True)

    def finished(self, app: Sphinx, exception: Exception | None) -> None:
        """Print the table, and fail if a cell of any page failed, in this build or an earlier."""
        if exception or app.builder.format != "html":
            return
        failed = []
        print()
        for docname in sorted(app.env.found_docs):
            result = execution(app, docname)
            seconds = f"{result['runtime'] or 0:7.1f} s" if result else "        -"
            print(f"{seconds}  {docname}")
            if result and not result["succeeded"]:
                failed.append(docname)
        for docname in failed:
            print(f"FAILED: a cell of {docname} raised an error; its traceback is above")
        if failed:
            app.statuscode = 1
        else:
            print(f"\nOpen {Path(app.outdir) / 'index.html'}", flush=True)


def forget_after_warnings(app: Sphinx, exception: Exception | None) -> None:
    """Make the next build read every page again after a warning.

    Sphinx warns when it reads a page and then remembers the page, not the warning: a second
    build would pass. Reading again is cheap, for good executions are kept.
    """
    pickle = Path(app.doctreedir) / ENV_PICKLE_FILENAME
    if app._warncount:
        pickle.unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Listen to the pages being executed and read, and to the end of the build."""
    progress = Progress()
    app.connect(EXECUTED, progress.page_executed)
    app.connect("doctree-read", progress.page_read)
    app.connect("build-finished", progress.finished, priority=900)
    app.connect("build-finished", forget_after_warnings, priority=950)
