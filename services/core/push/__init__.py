"""Web push: browsers that a person has subscribed are told of what is urgent, sealed so that only they can read it."""
