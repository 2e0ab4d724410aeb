"""Arithmetic over parameters: one array, or a list, tuple or dict of arrays, nested at will."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def tree_map(function: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """Apply `function` leaf by leaf to trees of the same shape.

    Parameters
    ----------
    function : callable
        Takes one leaf of each tree.
    tree, *rest : array, or a list, tuple or dict of trees
        Anything that is not a list, tuple or dict is a leaf.

    Returns
    -------
    tree
        Of the shape of `tree`.

    Raises
    ------
    ValueError
        If the trees differ in keys or in length.

    Examples
    --------
    >>> tree_map(lambda a, b: a + b, {"w": 1, "b": [2, 3]}, {"w": 10, "b": [20, 30]})
    {'w': 11, 'b': [22, 33]}
    """
    if isinstance(tree, dict):
        for other in rest:
            if not isinstance(other, dict) or other.keys() != tree.keys():
                raise ValueError(f"trees differ: expected the keys {list(tree)}, got {other!r}")
        return {k: tree_map(function, v, *(other[k] for other in rest)) for k, v in tree.items()}
    if isinstance(tree, list | tuple):
        for other in rest:
            if not isinstance(other, list | tuple) or len(other) != len(tree):
                raise ValueError(f"trees differ: expected {len(tree)} entries, got {other!r}")
        return type(tree)(tree_map(function, *leaves) for leaves in zip(tree, *rest, strict=True))
    return function(tree, *rest)
