"""/docs: the contract to read, an example of each operation, and how to follow a desk live."""
