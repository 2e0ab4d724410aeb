"""Answers to `early_stop`."""

import math


def right_counting(val, patience, min_delta=0.0):
    best, kept, waited = math.inf, 0, 0
    for k, loss in enumerate(val):
        if best - loss > min_delta:
            best, kept, waited = loss, k, 0
        else:
            waited += 1
            if waited >= patience:
                return kept, k
    return kept, k


def right_with_the_package(val, patience, min_delta=0.0):
    from lrcourse.monitoring import EarlyStopping

    rule = EarlyStopping(patience, min_delta)
    state, k = rule.init(), 0
    while not state.should_stop and k < len(val):
        state = rule.update(state, k, val[k])
        k += 1
    return state.best_step, k - 1


def wrong_keeps_the_last(val, patience, min_delta=0.0):
    best, waited = math.inf, 0
    for k, loss in enumerate(val):
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == patience:
            return k, k
    return k, k


def wrong_looks_ahead(val, patience, min_delta=0.0):
    best, waited = math.inf, 0
    kept = min(range(len(val)), key=lambda k: val[k])
    for k, loss in enumerate(val):
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == patience:
            return kept, k
    return kept, k


def wrong_not_in_a_row(val, patience, min_delta=0.0):
    best, kept, waited = math.inf, 0, 0
    for k, loss in enumerate(val):
        if loss < best - min_delta:
            best, kept = loss, k
        else:
            waited += 1
        if waited == patience:
            return kept, k
    return kept, k


def wrong_one_too_patient(val, patience, min_delta=0.0):
    best, kept, waited = math.inf, 0, 0
    for k, loss in enumerate(val):
        if loss < best - min_delta:
            best, kept, waited = loss, k, 0
        else:
            waited += 1
        if waited > patience:
            return kept, k
    return kept, k


def wrong_ignores_min_delta(val, patience, min_delta=0.0):
    best, kept, waited = math.inf, 0, 0
    for k, loss in enumerate(val):
        if loss < best:
            best, kept, waited = loss, k, 0
        else:
            waited += 1
        if waited == patience:
            return kept, k
    return kept, k


def wrong_equal_counts(val, patience, min_delta=0.0):
    best, kept, waited = math.inf, 0, 0
    for k, loss in enumerate(val):
        if loss <= best - min_delta:
            best, kept, waited = loss, k, 0
        else:
            waited += 1
        if waited == patience:
            return kept, k
    return kept, k


def wrong_small_gains_move_the_bar(val, patience, min_delta=0.0):
    best, kept, waited = math.inf, 0, 0
    for k, loss in enumerate(val):
        if loss < best - min_delta:
            kept, waited = k, 0
        else:
            waited += 1
        if loss < best:
            best = loss
        if waited == patience:
            return kept, k
    return kept, k


def wrong_nan_improves(val, patience, min_delta=0.0):
    best, kept, waited = math.inf, 0, 0
    for k, loss in enumerate(val):
        if not loss >= best - min_delta:
            best, kept, waited = loss, k, 0
        else:
            waited += 1
        if waited == patience:
            return kept, k
    return kept, k
