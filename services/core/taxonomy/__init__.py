"""Categories, tags, priorities, statuses: the words that a desk sorts its tickets by."""
