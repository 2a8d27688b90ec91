"""Models are changed under a shopper who never stops: what it costs, how long it takes, and what fails."""
