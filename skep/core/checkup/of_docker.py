"""The engine, what comes through to it, and the Swarm behind it."""

from collections.abc import Iterator

from skep.core.checkup.check import Check, Health
from skep.core.checkup.facts import EngineFacts, SwarmFacts
from skep.core.checkup.wording import counted, names, well

__all__ = ["of_engine", "of_swarm"]

#: The engine of Debian 11, and the oldest that skep is tried with.
_OLDEST_API = (1, 41)


def of_engine(engine: EngineFacts | str) -> Iterator[Check]:
    """Whether the engine answers, and whether what comes through to it is what skep needs and no more."""
    if isinstance(engine, str):
        yield Check(
            about="docker",
            health=Health.FAILURE,
            found=engine,
            mend="Check SKEP_DOCKER_HOST, and that the socket proxy runs and lets skep through "
            "(docker service ps skep_socket-proxy; stacks/socket-proxy/haproxy.cfg); docker node ls on a manager.",
        )
        return
    yield _of_engine_version(engine)
    missing = [each for each in engine.permissions if each.purpose and not each.is_given]
    needless = [each for each in engine.permissions if not each.purpose and each.is_given]
    for each in missing:
        yield Check(
            about="permissions",
            health=Health.FAILURE,
            found=f"{each.request} does not come through to the engine, so skep cannot {each.purpose}.",
            mend="Let it through at the socket proxy: stacks/socket-proxy/haproxy.cfg has all that skep needs.",
        )
    if needless and engine.endpoint.startswith("tcp"):
        yield Check(
            about="permissions",
            health=Health.WARNING,
            found=f"Comes through, though skep never asks for it: {names(tuple(e.request for e in needless))}.",
            mend="Use the socket proxy of docker-compose.yml, which lets nothing through that skep does not need.",
        )
    elif needless:
        yield Check(
            about="permissions",
            health=Health.WARNING,
            found=f"The worker holds all of {engine.endpoint}: nothing stands between it and what Docker can do.",
            mend="Put the socket proxy of docker-compose.yml in between, and let SKEP_DOCKER_HOST name it.",
        )
    if not missing and not needless:
        yield well("permissions", "All that skep needs comes through to the engine, and nothing else that was tried.")


def _of_engine_version(engine: EngineFacts) -> Check:
    words = (
        f"Docker {engine.version or 'of an unknown version'} answers at {engine.endpoint}, API {engine.api_version}."
    )
    if _numbers(engine.api_version) >= _OLDEST_API:
        return well("docker", words)
    oldest = ".".join(map(str, _OLDEST_API))
    return Check(
        about="docker",
        health=Health.WARNING,
        found=words,
        mend=f"skep is tried with API {oldest} (Docker 20.10) and later: upgrade the engines of the managers.",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def of_swarm(swarm: SwarmFacts | str) -> Check:
    """Whether nodes are ready and labels are right."""
    if isinstance(swarm, str):
        return Check(
            about="swarm",
            health=Health.FAILURE,
            found=swarm,
            mend="Where permissions are missing, see those first. Then docker node ls on a manager: is there a leader?",
        )
    found = (
        f"{counted(swarm.services, 'service')}, {swarm.enabled} enabled; "
        f"{len(swarm.nodes_ready)} of {counted(swarm.nodes, 'node')} ready."
    )
    if swarm.errors:
        return Check(
            about="swarm",
            health=Health.FAILURE,
            found=f"{found} Labels, policy file or metrics have {counted(swarm.errors, 'error')}.",
            mend="skep lint tells each, with its mend.",
        )
    if swarm.warnings or len(swarm.nodes_ready) < swarm.nodes:
        mend = "skep nodes tells which node is away." if len(swarm.nodes_ready) < swarm.nodes else ""
        told = "skep lint tells each." if swarm.warnings else ""
        remark = f" Labels or policy file have {counted(swarm.warnings, 'warning')}." if swarm.warnings else ""
        return Check(about="swarm", health=Health.WARNING, found=found + remark, mend=f"{mend} {told}".strip())
    return well("swarm", found)
