"""How well and how fast the vector index answers, beside other embedded ones, on the same vectors."""
