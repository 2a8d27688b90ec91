"""Settings, the making of parts, and the command line."""
