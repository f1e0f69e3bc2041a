"""skep's image, built from the real Dockerfile, on a stand-in for the base that cannot be pulled here.

The base is a minimal Debian with Python, made by debootstrap, under the name that `BASE` is given. The build runs in an
engine of its own that uses the machine's network and is thrown away afterwards; what is kept is the image as a file.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from lab.real import cleanup, engine, lock, processes, waiting
from lab.real.command import run
from lab.real.errors import LabUnavailable
from lab.real.layout import Layout

__all__ = ["BuiltImage", "built", "load"]

_CHECKOUT = Path(__file__).resolve().parents[2]
_FOLDER = _CHECKOUT / "build" / "image"
_LOCK = Path("/run/skep-lab/.image.lock")
_LAYOUT = Layout("image-builder")
_PROCESS = "engine-builder"

_BASE = "skep-lab/python:bookworm"
_SUITE = "bookworm"
#: What a Debian needs to be what the Dockerfile expects of its base.
_PACKAGES = "python3,python3-venv,ca-certificates"
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
_PATIENCE = timedelta(minutes=15)
_START_PATIENCE = timedelta(seconds=60)


class BuiltImage:
    """The image as an archive for `docker load`.

    Attributes:
        name: repository and tag in the archive.
        archive: where it lies; kept from run to run, as long as nothing that goes into the image changes.
    """

    name = "127.0.0.1:5/skep:0.1.0"

    def __init__(self, archive: Path) -> None:
        self.archive = archive


def built() -> BuiltImage:
    """The image of this checkout; built unless the very same was built before.

    Raises:
        LabUnavailable: with the builder's last words, when it cannot be built.
    """
    with lock.held(_LOCK):
        _FOLDER.mkdir(parents=True, exist_ok=True)
        archive = _FOLDER / f"skep-{_digest()}.tar"
        if not archive.exists():
            base = _base()
            with _builder() as socket:
                _build(socket, base, archive)
        return BuiltImage(archive)


def load(socket: Path, image: BuiltImage, *, also_as: str | None = None) -> None:
    """Let the engine behind `socket` have the image, and a second name for it."""
    _docker(socket, "load", "--quiet", "--input", str(image.archive))
    if also_as is not None:
        _docker(socket, "tag", image.name, also_as)


def _digest() -> str:
    """Of all that the Dockerfile may copy, and of the Dockerfile itself."""
    digest = hashlib.sha256()
    for path in _context():
        digest.update(f"{path.relative_to(_CHECKOUT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _context() -> Iterator[Path]:
    admitted = (_CHECKOUT / ".dockerignore").read_text().splitlines()
    for name in ("Dockerfile", *(line[1:] for line in admitted if line.startswith("!"))):
        found = sorted((_CHECKOUT / name).rglob("*")) if (_CHECKOUT / name).is_dir() else [_CHECKOUT / name]
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def _base() -> Path:
    """The base's root file system as an archive, made once."""
    archive = _FOLDER / f"base-{_SUITE}.tar"
    if not archive.exists():
        if shutil.which("debootstrap") is None:
            message = "The image's base needs debootstrap; `apt-get install debootstrap` brings it."
            raise LabUnavailable(message)
        root = _FOLDER / "root"
        shutil.rmtree(root, ignore_errors=True)
        # In a mount namespace of its own, because it mounts /proc into the new root.
        run(
            "unshare", "--mount", "debootstrap", "--variant=minbase", f"--include={_PACKAGES}",
            _SUITE, str(root), patience=_PATIENCE,
        )  # fmt: skip
        # A machine behind a proxy of its own trusts its certificates, and so must pip in the build.
        shutil.copyfile(f"/{_CERTIFICATES}", root / _CERTIFICATES)
        unfinished = archive.with_suffix(".new")
        run(
            "tar", "--directory", str(root), "--one-file-system", "--exclude=./proc/*", "--exclude=./sys/*",
            "--exclude=./var/cache/apt/*", "--exclude=./var/lib/apt/lists/*", "--create", "--file", str(unfinished),
            ".", patience=_PATIENCE,
        )  # fmt: skip
        unfinished.replace(archive)
        shutil.rmtree(root, ignore_errors=True)
    return archive


@contextmanager
def _builder() -> Iterator[Path]:
    """The socket of an engine in the machine's own network: a build asks Debian and Python's index for packages."""
    cleanup.remove(_LAYOUT)
    folder = _LAYOUT.run
    folder.mkdir(parents=True)
    (folder / "daemon.json").write_text("{}")
    socket = folder / "docker.sock"
    argv = (
        "unshare", "--mount", "dockerd", f"--host=unix://{socket}", f"--pidfile={folder / 'dockerd.pid'}",
        f"--exec-root={folder / 'exec'}", f"--data-root={_LAYOUT.data}", f"--config-file={folder / 'daemon.json'}",
        "--exec-opt=native.cgroupdriver=cgroupfs", f"--cgroup-parent=/{_LAYOUT.cgroup}",
        "--bridge=none", "--iptables=false", "--log-level=warn",
    )  # fmt: skip
    try:
        processes.start(_LAYOUT, _PROCESS, argv)
        waiting.until(
            lambda: engine.answers(socket), patience=_START_PATIENCE, what="the engine that builds the image to answer"
        )
        yield socket
    finally:
        cleanup.remove(_LAYOUT)


def _build(socket: Path, base: Path, archive: Path) -> None:
    # How pip reaches the machine's certificates is the machine's business, and so a matter of its base.
    trust = "ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_DEFAULT_TIMEOUT=180"
    _docker(socket, "import", "--change", trust, str(base), _BASE)
    _docker(
        socket, "build", "--network", "host", "--build-arg", f"BASE={_BASE}", "--build-arg", "REVISION=lab",
        "--tag", BuiltImage.name, str(_CHECKOUT),
    )  # fmt: skip
    unfinished = archive.with_suffix(".new")
    _docker(socket, "save", "--output", str(unfinished), BuiltImage.name)
    for older in _FOLDER.glob("skep-*.tar"):
        older.unlink()
    unfinished.replace(archive)


def _docker(socket: Path, *arguments: str) -> str:
    # BuildKit of engine 20.10 would ask a registry for the base; the older builder takes what is there.
    return run("docker", "--host", f"unix://{socket}", *arguments, env={"DOCKER_BUILDKIT": "0"}, patience=_PATIENCE)
