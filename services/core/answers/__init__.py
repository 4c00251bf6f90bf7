"""Answers that the desk gives by itself: where an admin allows it, with their source, and never instead of a person."""
