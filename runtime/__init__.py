"""What the models stand on: weights whose SHA-256 is checked before they are read."""
