r"""Settings of the whole suite."""

from hypothesis import settings

# No deadline: a test is never judged by the time it takes. Derandomised: the same commit gives the same run.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")
