r"""Learners on random splits of a task: measurements, plan, summaries and tables.

Start at `Study`."""

from simulations.real.study._joined_encoding import joined_and_own, joined_study, joined_vectors
from simulations.real.study._measurements import Study, measured, relevant_mass
from simulations.real.study._study_tables import csv_text, latex_text, markdown_text, write_frame
from simulations.real.study._summary import crossings, gains, mean_interval, summary, verdict
from simulations.real.study._whole_study import GROUPS, studies, tables, whole_study

__all__ = [
    "GROUPS",
    "Study",
    "crossings",
    "csv_text",
    "gains",
    "joined_and_own",
    "joined_study",
    "joined_vectors",
    "latex_text",
    "markdown_text",
    "mean_interval",
    "measured",
    "relevant_mass",
    "studies",
    "summary",
    "tables",
    "verdict",
    "whole_study",
    "write_frame",
]
