"""How long a shopper waits, and how many are answered, beside a service made the plain way of the same weights."""
