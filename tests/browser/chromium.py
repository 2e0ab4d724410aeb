"""Find the Chromium that the browser tests need, and install one if there is none.

Run as ``python tests/browser/chromium.py``; it says what it does and ends with 0 if there is a
Chromium at the end.
"""

# ruff: noqa: T201 (a command talks to whoever runs it)

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """Return the path of the system's Chromium or of Playwright's own, or None."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def commands() -> list[list[list[str]]]:
    """Return the ways to install one, best first, each a list of commands."""
    ways = [[[sys.executable, "-m", "playwright", "install", "chromium"]]]
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and shutil.which("apt-get"):
        ways.append([["apt-get", "update"], ["apt-get", "install", "-y", "chromium"]])
    return ways


def main() -> int:
    """Look, install if need be, look again."""
    found = find()
    if found:
        print(f"browser tests use {found}")
        return 0
    for way in commands():
        for command in way:
            print("no Chromium yet; running:", " ".join(command), flush=True)
            try:
                done = subprocess.run(command, check=False).returncode == 0
            except OSError as error:
                print(error)
                done = False
            if not done:
                break
        if found := find():
            print(f"browser tests use {found}")
            return 0
    print(
        "The browser tests need Chromium, and none could be installed. Install Chromium or Google "
        f"Chrome so that one of {', '.join(BROWSERS)} is on the PATH, then run this again.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
