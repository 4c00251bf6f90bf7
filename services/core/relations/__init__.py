"""How tickets hang together: merged, split, linked, and those that look alike."""
