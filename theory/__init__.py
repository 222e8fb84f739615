r"""What the mathematics of prompt-attention says: closed forms, laws, bounds. No randomness, no simulation."""
