"""How the desk looks to its customers: name, logo, colours that can be read, and the address that it is known by."""
