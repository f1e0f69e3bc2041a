"""What a deploy and a rollout do to the count: ``skep.on-deploy`` and ``skep.on-rollout``."""

from skep.config.units import UnitError
from skep.core.policy import OnDeploy, OnRollout

__all__ = ["read_on_deploy", "read_on_rollout"]


def read_on_deploy(text: str) -> OnDeploy:
    """Read ``restore`` or ``accept``.

    Raises:
        UnitError: anything else.
    """
    try:
        return OnDeploy(text.strip().lower())
    except ValueError:
        expected = "restore (back to the last goal) or accept (start from the count of the deploy)"
        raise UnitError(text, expected, OnDeploy.RESTORE) from None


def read_on_rollout(text: str) -> OnRollout:
    """Read ``hold`` or ``grow``.

    Raises:
        UnitError: anything else.
    """
    try:
        return OnRollout(text.strip().lower())
    except ValueError:
        raise UnitError(text, "hold (touch nothing) or grow (never shrink)", OnRollout.HOLD) from None
