"""What the desk holds about one person: given out, and erased."""
