"""Data sets as tables of inputs and targets: parts, noise, splits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrcourse import _validate
from lrcourse._validate import Array


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs and targets, row by row.

    Parameters
    ----------
    name : str
    inputs : ndarray, shape (n, d)
    targets : ndarray, shape (n,), or (n, k) for several targets a row

    Raises
    ------
    ValueError
        If there is no row, an entry is not finite, or the lengths differ.
    """

    name: str
    inputs: Array
    targets: Array

    def __post_init__(self) -> None:
        inputs = _validate.finite_array("inputs", self.inputs, ndim=2)
        targets = _validate.finite_array("targets", self.targets)
        if targets.ndim not in (1, 2):
            raise ValueError(f"targets must have 1 or 2 dimensions, got shape {targets.shape}")
        if len(inputs) != len(targets):
            raise ValueError(
                f"inputs and targets must be equally long, got {len(inputs)} and {len(targets)}"
            )

    def __len__(self) -> int:
        return len(self.targets)

    def standardised(self, *, by: Dataset | None = None) -> Dataset:
        """Return the data with every input column at mean 0 and standard deviation 1.

        A column that never changes becomes 0. The targets stay as they are.

        Parameters
        ----------
        by : Dataset, optional
            Whose means and deviations are used, such as those of a training set.

        Returns
        -------
        Dataset

        Examples
        --------
        >>> from lrcourse.datasets import breast_cancer
        >>> data = breast_cancer().standardised()
        >>> data.inputs.mean(axis=0).round(6).max() == 0
        np.True_
        """
        inputs = (by or self).inputs
        centred = self.inputs - inputs.mean(axis=0)
        spread = inputs.std(axis=0)
        varies = spread > 0
        scaled = np.where(varies, centred / np.where(varies, spread, 1.0), 0.0)
        return replace(self, name=f"{self.name}, standardised", inputs=scaled)

    def sample(self, fraction: float, *, rng: np.random.Generator) -> Dataset:
        """Return a random part of the rows, drawn without replacement.

        Parameters
        ----------
        fraction : float
            Share of the rows, above 0 and at most 1; rounded down to whole rows.
        rng : numpy.random.Generator
            The source of all randomness.

        Returns
        -------
        Dataset

        Raises
        ------
        ValueError
            If `fraction` is outside (0, 1], or so small that no row is left.

        Examples
        --------
        >>> import numpy as np
        >>> from lrcourse.datasets import digits
        >>> len(digits().sample(0.5, rng=np.random.default_rng(0)).targets)
        898
        """
        fraction = _validate.positive("fraction", fraction)
        if fraction > 1:
            raise ValueError(f"fraction must be at most 1, got {fraction!r}")
        rows = int(fraction * len(self.targets))
        if rows == 0:
            raise ValueError(f"fraction must leave at least one row, got {fraction!r}")
        chosen = _validate.generator("rng", rng).permutation(len(self.targets))[:rows]
        return replace(self, inputs=self.inputs[chosen], targets=self.targets[chosen])

    def with_label_noise(self, share: float, *, rng: np.random.Generator) -> Dataset:
        """Return the data with a share of the targets drawn anew, evenly from the classes.

        A target that is drawn anew may come out as it was, so fewer than `share` are wrong.

        Parameters
        ----------
        share : float
            Probability that a target is drawn anew, from 0 to 1.
        rng : numpy.random.Generator
            The source of all randomness.

        Returns
        -------
        Dataset

        Raises
        ------
        ValueError
            If `share` is outside [0, 1], or the targets are not classes.

        Examples
        --------
        >>> import numpy as np
        >>> from lrcourse.datasets import digits
        >>> noisy = digits().with_label_noise(0.5, rng=np.random.default_rng(0))
        >>> round(float((noisy.targets != digits().targets).mean()), 2)
        0.45
        """
        if not 0 <= _validate.finite("share", share) <= 1:
            raise ValueError(f"share must be in [0, 1], got {share!r}")
        rng = _validate.generator("rng", rng)
        if (self.targets % 1 != 0).any():
            fraction = self.targets[self.targets % 1 != 0][0]
            raise ValueError(f"targets must be classes for label noise, got {fraction!r}")
        anew = rng.random(self.targets.shape) < share
        drawn = rng.choice(np.unique(self.targets), size=self.targets.shape)
        return replace(
            self,
            name=f"{self.name}, label noise {share:g}",
            targets=np.where(anew, drawn, self.targets),
        )

    def split(self, validation: float, test: float = 0.0, *, rng: np.random.Generator) -> Split:
        """Return the rows in random order, cut into three parts.

        Parameters
        ----------
        validation, test : float
            Their shares of the rows, rounded to whole rows; the rest is for training.
        rng : numpy.random.Generator
            The source of all randomness.

        Returns
        -------
        Split

        Raises
        ------
        ValueError
            If a share is negative, or training or validation is left without a row.

        Examples
        --------
        >>> import numpy as np
        >>> from lrcourse.datasets import digits
        >>> parts = digits().split(0.2, 0.2, rng=np.random.default_rng(0))
        >>> len(parts.train), len(parts.validation), len(parts.test)
        (1079, 359, 359)
        """
        counts = []
        for name, share in (("validation", validation), ("test", test)):
            counts.append(round(_validate.non_negative(name, share) * len(self)))
        held_out = sum(counts)
        if held_out >= len(self) or counts[0] == 0:
            raise ValueError(
                "validation and test must leave rows to train and to validate, "
                f"got {validation!r} and {test!r}"
            )
        order = _validate.generator("rng", rng).permutation(len(self))
        parts = np.split(order, [len(self) - held_out, len(self) - counts[1]])
        train, val, rest = (
            replace(self, inputs=self.inputs[rows], targets=self.targets[rows])
            if len(rows)
            else None
            for rows in parts
        )
        assert train is not None
        assert val is not None
        return Split(train, val, rest)


@dataclass(frozen=True, eq=False)
class Split:
    """Rows to train on, rows to choose by, and rows that nothing was chosen by.

    Parameters
    ----------
    train, validation : Dataset
    test : Dataset, optional

    Raises
    ------
    TypeError
        If a part is not a `Dataset`.
    ValueError
        If the parts have different numbers of columns.

    Examples
    --------
    >>> from lrcourse.datasets import wave1d
    >>> Split(wave1d(100, seed=0), wave1d(50, seed=1)).name
    'wave1d'
    """

    train: Dataset
    validation: Dataset
    test: Dataset | None = None

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            part = getattr(self, name)
            if not isinstance(part, Dataset) and (name, part) != ("test", None):
                raise TypeError(f"{name} must be a Dataset, got {part!r}")
        widths = [p.inputs.shape[1] for p in (self.train, self.validation, self.test) if p]
        if len(set(widths)) > 1:
            raise ValueError(f"train, validation and test must be equally wide, got {widths}")

    @property
    def name(self) -> str:
        """Name of the training set."""
        return self.train.name

    def standardised(self) -> Split:
        """Return all parts scaled by the means and deviations of the *training* inputs.

        A column that never changes in training becomes 0.

        Returns
        -------
        Split

        Examples
        --------
        >>> import numpy as np
        >>> from lrcourse.datasets import diabetes
        >>> parts = diabetes().split(0.2, rng=np.random.default_rng(0)).standardised()
        >>> parts.train.inputs.mean().round(6) == 0, parts.validation.inputs.mean().round(6) == 0
        (np.True_, np.False_)
        """
        return Split(*(p and p.standardised(by=self.train) for p in self._parts()))  # type: ignore[arg-type]

    def _parts(self) -> tuple[Dataset, Dataset, Dataset | None]:
        return self.train, self.validation, self.test
