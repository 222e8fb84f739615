r"""What is not about prompts: quadrature, lattices, tables of smooth functions, contours, exact feasibility.

Start at `log_integral` (integrals of positive functions) and `lattice_points` (expectations over many variables). Exact linear
feasibility is in `linear_feasibility`, which loads FLINT and is imported by whoever asks for it."""

from theory.numerics._chebyshev_table import ChebyshevTable, tabulated
from theory.numerics._complex_exponential import complex_exp, complex_expm1
from theory.numerics._exponential_sum import gaussian_exponential_sum
from theory.numerics._gauss_rules import bounded_gauss_rule, three_point_rule, two_point_rule
from theory.numerics._gaussian_inner_product import negative_inner_product
from theory.numerics._lattice import SHIFTS, lattice_points, worst_case_square
from theory.numerics._log_power import log_power
from theory.numerics._moment_rules import chi_square_rule, label_mean_rule, normal_rule
from theory.numerics._negative_product import log_negative_product, negative_product
from theory.numerics._negative_products import negative_products
from theory.numerics._quadrature import (
    LogFunction,
    Rule,
    gauss_legendre,
    graded_integral,
    log_integral,
    log_trapezoid,
    probability_rule,
    window,
)
from theory.numerics._saddle_inversion import negative_probability
from theory.numerics._scalar_problems import bounded_minimum, bracketed_root

__all__ = [
    "SHIFTS",
    "ChebyshevTable",
    "LogFunction",
    "Rule",
    "bounded_gauss_rule",
    "bounded_minimum",
    "bracketed_root",
    "chi_square_rule",
    "complex_exp",
    "complex_expm1",
    "gauss_legendre",
    "gaussian_exponential_sum",
    "graded_integral",
    "label_mean_rule",
    "lattice_points",
    "log_integral",
    "log_negative_product",
    "log_power",
    "log_trapezoid",
    "negative_inner_product",
    "negative_probability",
    "negative_product",
    "negative_products",
    "normal_rule",
    "probability_rule",
    "tabulated",
    "three_point_rule",
    "two_point_rule",
    "window",
    "worst_case_square",
]
