"""What tests share: servers on loopback, processes of the product, small walks through its API."""
