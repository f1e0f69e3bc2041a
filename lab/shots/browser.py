"""A person's browser: Debian's Chromium without a screen."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

__all__ = ["browser"]

_PATIENCE_S = 2
# It asks nobody outside; and root may not use its sandbox.
_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    "--window-size=1366,768",
)


@contextmanager
def browser(profile: Path) -> Iterator[Chrome]:
    """A browser that remembers nothing; `profile` is an empty folder."""
    options = ChromeOptions()
    for switch in (*_SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    # What a page's program fills in comes a moment after the page.
    driver.implicitly_wait(_PATIENCE_S)
    try:
        yield driver
    finally:
        driver.quit()
