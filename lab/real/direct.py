"""HTTP straight to the lab: its addresses are never behind the proxy a person's environment names."""

from __future__ import annotations

import requests


def session() -> requests.Session:
    """A session that heeds no `HTTP_PROXY`; close it, or use it as a context manager."""
    made = requests.Session()
    made.trust_env = False
    return made


def answers(url: str, *, timeout_s: float = 2) -> bool:
    """Whether a GET of `url` is answered well."""
    try:
        with session() as direct:
            return direct.get(url, timeout=timeout_s).ok
    except requests.RequestException:
        return False
