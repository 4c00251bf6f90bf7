"""What other services may read of core, by service token, and what they may propose to it."""
