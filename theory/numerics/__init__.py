r"""What is not about prompts: quadrature, lattices, tables of smooth functions, contours, exact feasibility.

Start at `log_integral` (integrals of positive functions) and `lattice_points` (expectations over many variables)."""

from theory.numerics._chebyshev_table import ChebyshevTable, tabulated
from theory.numerics._complex_exponential import complex_exp, complex_expm1
from theory.numerics._exponential_sum import gaussian_exponential_sum
from theory.numerics._gauss_rules import bounded_gauss_rule, three_point_rule, two_point_rule
from theory.numerics._gaussian_inner_product import negative_inner_product
from theory.numerics._lattice import SHIFTS, lattice_points, worst_case_square
from theory.numerics._linear_feasibility import Feasibility, feasibility
from theory.numerics._log_power import log_power
from theory.numerics._moment_rules import chi_square_rule, label_mean_rule, normal_rule
from theory.numerics._negative_product import log_negative_product, negative_product
from theory.numerics._negative_products import negative_products
from theory.numerics._quadrature import Rule, gauss_legendre, log_integral, probability_rule
from theory.numerics._saddle_inversion import negative_probability

__all__ = [
    "SHIFTS",
    "ChebyshevTable",
    "Feasibility",
    "Rule",
    "bounded_gauss_rule",
    "chi_square_rule",
    "complex_exp",
    "complex_expm1",
    "feasibility",
    "gauss_legendre",
    "gaussian_exponential_sum",
    "label_mean_rule",
    "lattice_points",
    "log_integral",
    "log_negative_product",
    "log_power",
    "negative_inner_product",
    "negative_probability",
    "negative_product",
    "negative_products",
    "normal_rule",
    "probability_rule",
    "tabulated",
    "three_point_rule",
    "two_point_rule",
    "worst_case_square",
]
