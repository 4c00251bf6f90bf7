"""Articles that answer a request by themselves."""
