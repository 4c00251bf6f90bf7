"""The demo desk: a fictional bank with its people, articles and tickets."""
