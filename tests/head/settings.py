r"""Settings of the claims, in the short form in which their tests name them."""

from theory.model import HeadSetting, head_setting

__all__ = ["setting_of"]


def setting_of(values: str) -> HeadSetting:
    r"""A setting written as `T m d W Q sigma tau n`."""
    t, m, d, w, q, sigma, tau, n = values.split()
    return head_setting(T=int(t), m=int(m), d=int(d), W=float(w), Q=float(q), sigma=float(sigma), tau=float(tau), n=int(n))
