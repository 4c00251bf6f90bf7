"""The kernel that every service shares. It knows nothing of the domain and names no service."""
