r"""One folder per subject: here theory and simulation meet."""
