"""Data that lies on the node itself would be left behind, and nobody would notice until it is missed."""

from skep.core.capacity.vetoes.veto import Candidate, Veto
from skep.core.requirements import Mount, MountKind

__all__ = ["data_would_be_left_behind", "keeps_data"]

_LOCAL_DRIVERS = frozenset({"", "local"})
#: With one of these the engine's own driver mounts what lies elsewhere.
_REMOTE_FILE_SYSTEMS = ("nfs", "cifs", "smb", "ceph", "glusterfs", "fuse", "9p", "lustre", "gfs", "ocfs")
#: Below these lies what is made anew with every start of the machine, or belongs to its kernel or engine.
_WITHOUT_DATA = ("/run", "/var/run", "/proc", "/sys", "/dev", "/tmp")  # noqa: S108 - nothing is written there


def data_would_be_left_behind(candidate: Candidate) -> Veto | None:
    """Keep a node with swarm tasks of a service that keeps data there, unless its operator says that it is shared.

    A volume with a name, of the engine's own driver, keeps data; so does a path of the node that may be written to. A
    volume without a name is made anew for each container anyway.
    """
    for service, terms in candidate.services():
        kept = next((mount for mount in service.requirements.mounts if keeps_data(mount)), None)
        if kept is not None and not terms.shares_data:
            what = "the volume" if kept.kind is MountKind.VOLUME else "the path"
            return Veto(by="local data", reason=f"{service.name} has data there, in {what} {kept.source}")
    return None


def keeps_data(mount: Mount) -> bool:
    """Whether what is written there lies on the node itself, and outlives the container."""
    if mount.kind is MountKind.VOLUME:
        is_remote = mount.file_system.lower().startswith(_REMOTE_FILE_SYSTEMS)
        return bool(mount.source) and mount.driver in _LOCAL_DRIVERS and not is_remote
    if mount.kind is MountKind.BIND:
        return not mount.is_read_only and not any(
            mount.source == path or mount.source.startswith(f"{path}/") for path in _WITHOUT_DATA
        )
    return False
