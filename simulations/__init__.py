r"""What experiments say: tokens from their definition, trained heads, and verdicts on predicted numbers."""
