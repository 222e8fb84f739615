r"""Every quantity of the project, one declaration each: importing this package registers them.

To add one, declare it in a module of its own and import that here, or declare it from outside.
"""

from theory.interface.quantities import _head  # noqa: F401, I001  # declares; in the order in which `list` names them
from theory.interface.quantities import _context, _trajectory, _expressivity  # noqa: F401  # they declare
from theory.interface.quantities._shared_options import HEAD, HEAD_EXAMPLE, MODEL, PROMPT, SHIFT, gathered, whole_setting

__all__ = ["HEAD", "HEAD_EXAMPLE", "MODEL", "PROMPT", "SHIFT", "gathered", "whole_setting"]
