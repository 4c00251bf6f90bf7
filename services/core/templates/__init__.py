"""Templates of tickets: what a new one begins with."""
