"""One question to any rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from lrcourse.finder import _rules
from lrcourse.finder._reading import Suggestion, check
from lrcourse.finder._record import RangeTest

Rule = Callable[[RangeTest], Suggestion | None]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (
            _rules.steepest,
            _rules.valley,
            _rules.slide,
            _rules.minimum_over_ten,
            _rules.before_the_rise,
            _rules.blow_up_over_ten,
            _rules.minimum_over_three,
        )
    }
)


def suggest(range_test: RangeTest, rule: str | Rule = "minimum_over_three") -> Suggestion | None:
    """Read a learning rate off a range test.

    Parameters
    ----------
    range_test : RangeTest
    rule : str or callable
        A name in `RULES`, or a function of the range test.

    Returns
    -------
    Suggestion or None
        None where nothing can be read: the curve is flat, rises, is too short, or is nan.

    Raises
    ------
    TypeError
        If `range_test` is none, or `rule` neither a name nor callable.
    ValueError
        If there is no rule of that name.

    Examples
    --------
    >>> import numpy as np
    >>> rates = np.geomspace(1e-4, 10, 101)
    >>> falling = RangeTest(rates, -np.log10(rates))
    >>> suggest(falling).at_edge
    True
    >>> flat = RangeTest(rates, np.ones(101))
    >>> suggest(flat) is None
    True
    """
    check(range_test)
    if isinstance(rule, str):
        if rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}")
        return RULES[rule](range_test)
    if not callable(rule):
        raise TypeError(f"rule must be a name or a callable, got {rule!r}")
    return rule(range_test)
