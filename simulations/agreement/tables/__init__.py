r"""Tables of rows as Markdown, CSV and LaTeX, in an order and with digits that depend on the rows alone.

Start with `write_tables`, which writes all three.
"""

from simulations.agreement.tables._files import write_tables, write_text
from simulations.agreement.tables._formats import Row, csv_table, latex_table, markdown_table, ordered
from simulations.agreement.tables._tabular import latex_tabular

__all__ = [
    "Row",
    "csv_table",
    "latex_table",
    "latex_tabular",
    "markdown_table",
    "ordered",
    "write_tables",
    "write_text",
]
