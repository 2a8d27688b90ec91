"""The two stories, search and ingest, and what they are made of. No framework in here."""
