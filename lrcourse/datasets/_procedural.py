"""Data that is made, not measured: waves, spirals, sequences to reverse."""

from __future__ import annotations

import numpy as np

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.datasets._dataset import Dataset

CLASSES = 10
KNOTS = 6  # of a template; interpolated to POINTS
POINTS = 14
LONGEST = 22  # points of a pattern on the line
SHIFT = 16  # most points that a pattern is moved by
KERNEL = np.exp(-0.5 * ((np.arange(9) - 4) / 2.0) ** 2)  # of the correlated noise


def wave1d(
    n: int, *, seed: int, length: int = 40, noise: float = 0.25, templates: int = 7
) -> Dataset:
    """Return one-dimensional images: each a class's curve, deformed, moved and drowned in noise.

    The curve of its class is stretched, scaled, sheared and put at a random place on a line; then
    correlated and white noise are added. Where the pattern lies says nothing about its class, which
    is what a convolution is good at. In the spirit of MNIST-1D, but made by a few lines.

    Parameters
    ----------
    n : int
        Number of images.
    seed : int
        Of the images. Another seed gives other images of the same classes.
    length : int
        Points of the line, at least 22.
    noise : float
        Deviation of the correlated noise, not negative.
    templates : int
        Seed of the ten curves: the task itself.

    Returns
    -------
    Dataset
        Inputs of shape (n, length), targets 0 to 9.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer or too small, or `noise` is negative.

    References
    ----------
    S. Greydanus, D. Kobak, "Scaling down deep learning with MNIST-1D", 2020, arXiv:2011.14439.

    Examples
    --------
    >>> data = wave1d(100, seed=0)
    >>> data.inputs.shape, int(data.targets.max())
    ((100, 40), 9)
    """
    n = _validate.integer("n", n, minimum=1)
    length = _validate.integer("length", length, minimum=LONGEST)
    noise = _validate.non_negative("noise", noise)
    curves = _templates(_validate.integer("templates", templates, minimum=0))
    rng = np.random.default_rng(_validate.integer("seed", seed, minimum=0))

    classes = rng.integers(0, CLASSES, n)
    widths = rng.integers(POINTS, LONGEST + 1, n)
    room = np.minimum(SHIFT, length - widths)
    offsets = rng.integers(0, room + 1)
    scales, shears = 1 + 0.3 * rng.normal(size=n), 0.5 * rng.normal(size=n)
    images = np.zeros((n, length))
    for image, c, width, offset, scale, shear in zip(
        images, classes, widths, offsets, scales, shears, strict=True
    ):
        along = np.linspace(0, 1, width)
        curve = np.interp(along * (POINTS - 1), np.arange(POINTS), curves[c])
        image[offset : offset + width] = scale * curve + shear * (along - 0.5)
    white = rng.normal(size=(n, length + len(KERNEL) - 1))
    windows = np.lib.stride_tricks.sliding_window_view(white, len(KERNEL), axis=1)
    images += noise * windows @ (KERNEL / np.sqrt((KERNEL**2).sum()))
    images += 0.1 * rng.normal(size=images.shape)
    return Dataset("wave1d", images, classes.astype(np.float64))


def _templates(seed: int) -> Array:
    """Return ten smooth curves of 14 points, mean 0 and deviation 1."""
    knots = np.random.default_rng(seed).normal(size=(CLASSES, KNOTS))
    along = np.linspace(0, KNOTS - 1, POINTS)
    curves = np.stack([np.interp(along, np.arange(KNOTS), row) for row in knots])
    curves -= curves.mean(axis=1, keepdims=True)
    return np.asarray(curves / curves.std(axis=1, keepdims=True))


def spirals(n: int, *, seed: int, arms: int = 2, turns: float = 1.5, noise: float = 0.1) -> Dataset:
    """Return points in the plane on intertwined spirals; the class is the arm.

    Parameters
    ----------
    n : int
        Number of points.
    seed : int
    arms : int
        Number of classes, at least 2.
    turns : float
        Turns of each arm, above 0: the more, the harder.
    noise : float
        Deviation of the noise on both coordinates, not negative; the arms end at radius 1.

    Returns
    -------
    Dataset
        Inputs of shape (n, 2), targets 0 to ``arms - 1``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range.

    References
    ----------
    K. J. Lang, M. J. Witbrock, "Learning to tell two spirals apart", 1988.

    Examples
    --------
    >>> data = spirals(300, seed=0, arms=3, noise=0.0)
    >>> round(float(np.hypot(*data.inputs.T).max()), 1), int(data.targets.max())
    (1.0, 2)
    """
    n = _validate.integer("n", n, minimum=1)
    arms = _validate.integer("arms", arms, minimum=2)
    turns, noise = _validate.positive("turns", turns), _validate.non_negative("noise", noise)
    rng = np.random.default_rng(_validate.integer("seed", seed, minimum=0))
    classes = rng.integers(0, arms, n)
    radius = np.sqrt(rng.random(n))  # evenly along the arm, not crowded at the centre
    angle = 2 * np.pi * (turns * radius + classes / arms)
    points = radius[:, None] * np.c_[np.cos(angle), np.sin(angle)]
    points += noise * rng.normal(size=(n, 2))
    return Dataset("spirals", points, classes.astype(np.float64))


def reversal(n: int, *, seed: int, length: int = 8, vocabulary: int = 10) -> Dataset:
    """Return random sequences of tokens, each with itself backwards as its target.

    To write the last token first, a network must look at the other end: the usual smallest task for
    attention.

    Parameters
    ----------
    n : int
        Number of sequences.
    seed : int
    length : int
        Tokens a sequence, at least 2.
    vocabulary : int
        Number of different tokens, at least 2.

    Returns
    -------
    Dataset
        Inputs and targets of shape (n, length), whole numbers from 0 to ``vocabulary - 1``.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer or too small.

    Examples
    --------
    >>> data = reversal(100, seed=0)
    >>> bool((data.targets == data.inputs[:, ::-1]).all())
    True
    """
    n = _validate.integer("n", n, minimum=1)
    length = _validate.integer("length", length, minimum=2)
    vocabulary = _validate.integer("vocabulary", vocabulary, minimum=2)
    rng = np.random.default_rng(_validate.integer("seed", seed, minimum=0))
    tokens = rng.integers(0, vocabulary, (n, length)).astype(np.float64)
    return Dataset("reversal", tokens, tokens[:, ::-1].copy())
