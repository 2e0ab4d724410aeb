"""Build the book: run every trial, execute every page, render ``_build/html``.

``make book`` runs this; ``python book/build.py`` does the same where there is no make. It ends with
0 only if every trial came out as published and every page was built without a warning.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
STAMP = ROOT / "_build" / "book.json"
INPUTS = ["_config.yml", "_toc.yml", "book", "exercises", "lrcourse", "requirements.lock"]

sys.path.insert(0, str(ROOT / "book" / "_ext"))
from content_digest import digest  # noqa: E402  (it lies next to the extension)

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# ipykernel says so of every kernel that is reached over TCP on this machine alone.
NOISE = "Kernel is running over TCP without encryption"


def main() -> int:
    """Build what is out of date, and return the exit status."""
    start = time.perf_counter()
    inputs = f"{sys.version_info.major}.{sys.version_info.minor} {digest(ROOT, INPUTS)}"
    last, site = read_stamp(), output()
    if last == {"inputs": inputs, "output": site}:
        print("Nothing has changed since the last build.")
    else:
        STAMP.unlink(missing_ok=True)
        if not run_trials():
            return 1
        # Sphinx writes a page again when its source changes, not when the page does.
        meddled = isinstance(last, dict) and last["output"] != site
        if status := render(every_page=meddled):
            print(f"\nThe book was not built (status {status}); the reason is above.", flush=True)
            return status
        STAMP.write_text(json.dumps({"inputs": inputs, "output": output()}), encoding="utf-8")
    print(f"\nOpen {SITE / 'index.html'}   ({time.perf_counter() - start:.1f} s)", flush=True)
    return 0


def read_stamp() -> object:
    """Return what the last good build was made from and what it wrote, or None."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def output() -> dict[str, list[int]]:
    """Size and time of every file of the site: a missing or foreign file is noticed."""
    files = sorted(path for path in SITE.rglob("*") if path.is_file())
    return {
        path.relative_to(SITE).as_posix(): [path.stat().st_size, path.stat().st_mtime_ns]
        for path in files
    }


def run_trials() -> bool:
    """Run the trials, or take their kept tables; return whether all came out as published."""
    from lrcourse.claims import LEDGER, outcomes  # here, for nothing else needs the package

    good, start = True, time.perf_counter()
    try:
        for count, tried in enumerate(outcomes(), start=1):
            print(
                f"[trial] {count:2}/{len(LEDGER)} {tried.claim.id:<6}{tried.verdict!s:<14}"
                f"{tried.seconds:6.1f} s",
                flush=True,
            )
            if not tried.as_published:
                good = False
                print(f"        FAILED: the book publishes another verdict than {tried.verdict}")
    except Exception:
        traceback.print_exc()
        return False
    print(f"[trial] all in {time.perf_counter() - start:.1f} s", flush=True)
    return good


def render(*, every_page: bool) -> int:
    """Let Jupyter Book build the site, showing a line a page and whatever goes wrong."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from jupyter_book.cli.main import main; main()"),
            *("build", str(ROOT), "--warningiserror", "--nitpick", "--keep-going", "--quiet"),
            *(["--all"] if every_page else []),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    problems = threading.Thread(target=show_problems, args=[process.stderr])
    problems.start()
    for line in process.stdout:
        if line.startswith(("[page]", "FAILED")):
            print(line, end="", flush=True)
    problems.join()
    return process.wait()


def show_problems(lines: IO[str]) -> None:
    """Pass on warnings and tracebacks."""
    for line in lines:
        if NOISE not in line:
            print(COLOUR.sub("", line), end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main())
