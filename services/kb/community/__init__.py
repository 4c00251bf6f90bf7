"""The community: customers answer each other's questions, moderators look at first posts and at what is reported."""
