"""Replies and notes, and the timeline that they form with the events."""
