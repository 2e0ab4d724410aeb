"""Many trials at once, and what their number does to chance."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence

from lrcourse import _validate
from lrcourse.claims import _cache
from lrcourse.claims._ledger import LEDGER
from lrcourse.claims._outcome import Outcome, outcome
from lrcourse.statistics import holm_adjusted


def outcomes(
    claim_ids: Iterable[str] | None = None,
    *,
    seeds: Sequence[int] = (0,),
    fresh: bool = False,
    jobs: int | None = None,
) -> Iterator[Outcome]:
    """Run trials, or take the tables of earlier runs, and yield each outcome as it comes.

    Parameters
    ----------
    claim_ids : iterable of str, optional
        Keys of `LEDGER`; all of them if left out.
    seeds : sequence of int
        Base seeds, each at least 0; every claim is tried on each.
    fresh : bool
        Run the trials even if there are tables to use.
    jobs : int, optional
        Processes; one for each core if left out.

    Returns
    -------
    iterator of Outcome
        In no particular order.

    Raises
    ------
    KeyError
        If a claim has not been tried.
    TypeError, ValueError
        If a seed or `jobs` is not an integer, or too small.

    Examples
    --------
    >>> for tried in outcomes(["C0.1"], seeds=[3]):
    ...     print(tried.claim.id, tried.verdict)
    C0.1 holds if
    """
    ids = list(LEDGER if claim_ids is None else claim_ids)
    for claim_id in ids:
        if claim_id not in LEDGER:
            raise KeyError(f"claim_ids must be of {', '.join(LEDGER)}, got {claim_id!r}")
    for seed in seeds:
        _validate.integer("seeds", seed, minimum=0)
    if jobs is not None:
        _validate.integer("jobs", jobs, minimum=1)
    return _run([(claim_id, seed) for claim_id in ids for seed in seeds], fresh, jobs)


def _run(tasks: list[tuple[str, int]], fresh: bool, jobs: int | None) -> Iterator[Outcome]:
    waiting = []
    for claim_id, seed in tasks:
        if fresh or not _cache.is_kept(claim_id, LEDGER[claim_id].trial.__module__, seed):
            waiting.append((claim_id, seed))
        else:
            yield outcome(claim_id, seed=seed)
    # The longest first, so that no process is left alone with it at the end.
    waiting.sort(key=lambda task: _cache.last_seconds(task[0]), reverse=True)
    jobs = min(jobs or os.cpu_count() or 1, len(waiting))
    if jobs <= 1:
        for claim_id, seed in waiting:
            yield outcome(claim_id, seed=seed, fresh=True)
        return
    from joblib import Parallel, delayed  # type: ignore[import-untyped]

    run = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    with warnings.catch_warnings():
        # joblib renews a process that has grown; a trial runs whole in one of them all the same.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        yield from run(
            delayed(outcome)(claim_id, seed=seed, fresh=True) for claim_id, seed in waiting
        )


def family_wise(tried: Iterable[Outcome]) -> dict[str, float]:
    """Return the p-value of each claim's primary contrast, adjusted for the number of claims.

    It is the chance to measure so far from what would be claimed just barely, or just barely not,
    by Holm's correction over all claims given. A verdict with at most 0.05 is none that came out
    because so many were tried.

    Parameters
    ----------
    tried : iterable of Outcome
        One for each claim.

    Returns
    -------
    dict of str to float
        By the id of the claim.

    Raises
    ------
    TypeError
        If `tried` holds anything else.

    Examples
    --------
    >>> list(family_wise(outcomes(["C0.1"])))
    ['C0.1']
    """
    listed = list(tried)
    for one in listed:
        if not isinstance(one, Outcome):
            raise TypeError(f"tried must hold Outcomes, got {one!r}")
    adjusted = holm_adjusted([one.judgement.primary.p_value for one in listed])
    return {one.claim.id: float(p) for one, p in zip(listed, adjusted, strict=True)}
