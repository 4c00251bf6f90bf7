"""Following one request without signing in: a signed link in the mail about it, revocable and for a month."""
