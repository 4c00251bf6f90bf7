"""Fields of the desk's own, and the forms that ask for them."""
