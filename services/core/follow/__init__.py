"""What follows from what happened: clocks, rules and notifications, in order, once, and after the fact."""

from services.core.follow.follower import Follower

__all__ = ["Follower"]
