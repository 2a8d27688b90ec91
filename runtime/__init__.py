"""What the models stand on: weights whose SHA-256 is checked, and what runs a network: torch, or a compiled one."""
