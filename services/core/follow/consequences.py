"""The one list of what follows from an event, in order."""

from services.core.answers import service as answers
from services.core.automation import runner
from services.core.follow.follower import Follower
from services.core.lifecycle import letters
from services.core.lifecycle import service as lifecycle
from services.core.notifications import follow as notifications
from services.core.sla import refresh


def connect(follower: Follower) -> None:
    """Give the follower everything that follows. Clocks come last: they see what rules have changed."""
    follower.consequences += [
        runner.follow,
        lifecycle.follow,
        letters.follow,
        answers.follow,
        notifications.follow,
    ]
    follower.batches.append(refresh.after_happenings)
    follower.alarms[refresh.TIMER] = refresh.alarm
    follower.alarms[runner.TIMER] = runner.alarm
    for kind in (lifecycle.NUDGE, lifecycle.CLOSE, lifecycle.ASK, lifecycle.RATE):
        follower.alarms[kind] = lifecycle.alarm
