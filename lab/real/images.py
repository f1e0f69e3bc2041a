"""Images made on the spot: no registry, no download.

Every image is the same small root: Debian's static busybox, links as in a merged /usr, a few files of /etc, empty
folders to mount on. As it is, it runs `sh`, `sleep` and the like. A service that binds the machine's `/usr` read-only
on `/usr` has every program of the machine in its container at once (python3, haproxy, redis-server, ...). The root is
loaded under whatever public name a stack asks for.

Names begin with `127.0.0.1:5/`: an engine asks an image's registry before it looks at what it has, and nothing
listens there, so that the question is refused at once.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from docker import APIClient

REGISTRY = "127.0.0.1:5"
WEB = f"{REGISTRY}/skep-lab/web:1"
PROXY = f"{REGISTRY}/skep-lab/haproxy:2.6"

_FOLDERS = (
    "usr", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "usr/local", "etc", "etc/ssl", "etc/ssl/certs", "dev", "proc",
    "sys", "run", "run/secrets", "root", "home", "var", "var/lib", "var/log", "var/cache", "srv", "opt", "mnt", "app",
    "data", "config",
)  # fmt: skip
_WRITABLE_BY_ALL = ("tmp", "var/tmp")
_LINKS = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64", "var/run": "../run"}
_BUSYBOX = "usr/bin/busybox"
_APPLETS = (
    "sh", "sleep", "true", "false", "cat", "ls", "env", "hostname", "id", "ip", "nc", "nslookup", "ps", "wget", "kill",
)  # fmt: skip
_COPIES = ("etc/ld.so.cache", "etc/ssl/certs/ca-certificates.crt", "etc/mime.types", "etc/services", "etc/protocols")
_TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def stand_in(engine: APIClient, name: str, *, changes: Sequence[str] = ()) -> None:
    """Let `engine` have an image called `name`, unless it has one.

    Args:
        engine: the node's engine.
        name: repository and tag, for example `127.0.0.1:5/redis:7.2`.
        changes: Dockerfile instructions for the image's configuration, for example `ENTRYPOINT ["redis-server"]`.
    """
    if engine.images(name=name):
        return
    repository, _, tag = name.rpartition(":")
    engine.import_image_from_data(_root(), repository=repository, tag=tag, changes=[f"ENV {_PATH}", *changes])


@cache
def _root() -> bytes:
    """The root file system as a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for folder in _FOLDERS:
            _add_folder(archive, folder, mode=0o755)
        for folder in _WRITABLE_BY_ALL:
            _add_folder(archive, folder, mode=0o1777)
        for link, target in _LINKS.items():
            _add_link(archive, link, target)
        for path, text in _TEXTS.items():
            _add_file(archive, path, text.encode())
        for path in _COPIES:
            _add_copy(archive, path)
        _add_copy(archive, _BUSYBOX, mode=0o755)
        for applet in _APPLETS:
            _add_link(archive, f"usr/bin/{applet}", "busybox")
        _add_alternatives(archive)
    return buffer.getvalue()


def _add_alternatives(archive: tarfile.TarFile) -> None:
    """Many of Debian's programs are links through here (`/usr/bin/awk` -> `/etc/alternatives/awk`)."""
    _add_folder(archive, "etc/alternatives", mode=0o755)
    for link in sorted(Path("/etc/alternatives").glob("*")):
        if link.is_symlink():
            _add_link(archive, f"etc/alternatives/{link.name}", str(link.readlink()))


def _add_folder(archive: tarfile.TarFile, path: str, *, mode: int) -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)


def _add_link(archive: tarfile.TarFile, path: str, target: str) -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    archive.addfile(entry)


def _add_copy(archive: tarfile.TarFile, path: str, *, mode: int = 0o644) -> None:
    source = Path("/") / path
    if source.is_file():
        _add_file(archive, path, source.read_bytes(), mode=mode)


def _add_file(archive: tarfile.TarFile, path: str, content: bytes, *, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
