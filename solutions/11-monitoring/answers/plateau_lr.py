"""Answers to `plateau_lr`."""

import math


def right_with_the_package(vals, lr0, factor, patience):
    from lrcourse.schedules import Plateau

    rule = Plateau(lr0, factor, patience, threshold=0, threshold_mode="abs", eps=0)
    states = [rule.init()]
    for loss in vals:
        states.append(rule.update(states[-1], float(loss)))
    return [state.lr for state in states[:-1]]


def right_counting_cuts(vals, lr0, factor, patience):
    rates, best, bad, lr = [], math.inf, 0, lr0
    for loss in vals:
        rates.append(lr)
        if loss < best:
            best, bad = loss, 0
            continue
        bad += 1
        if bad == patience + 1:
            lr *= factor
            bad = 0
    return rates


def wrong_cuts_every_epoch(vals, lr0, factor, patience):
    rates, best, bad, lr = [], math.inf, 0, lr0
    for loss in vals:
        rates.append(lr)
        bad = 0 if loss < best else bad + 1
        best = min(best, loss)
        if bad > patience:
            lr *= factor
    return rates


def wrong_not_in_a_row(vals, lr0, factor, patience):
    rates, best, bad, lr = [], math.inf, 0, lr0
    for loss in vals:
        rates.append(lr)
        bad += not loss < best
        best = min(best, loss)
        if bad > patience:
            lr, bad = lr * factor, 0
    return rates


def wrong_reaches_patience(vals, lr0, factor, patience):
    rates, best, bad, lr = [], math.inf, 0, lr0
    for loss in vals:
        rates.append(lr)
        bad = 0 if loss < best else bad + 1
        best = min(best, loss)
        if bad >= patience:
            lr, bad = lr * factor, 0
    return rates


def wrong_its_own_epoch(vals, lr0, factor, patience):
    rates, best, bad, lr = [], math.inf, 0, lr0
    for loss in vals:
        bad = 0 if loss < best else bad + 1
        best = min(best, loss)
        if bad > patience:
            lr, bad = lr * factor, 0
        rates.append(lr)
    return rates


def wrong_compares_with_the_last(vals, lr0, factor, patience):
    rates, last, bad, lr = [], math.inf, 0, lr0
    for loss in vals:
        rates.append(lr)
        bad = 0 if loss < last else bad + 1
        last = loss
        if bad > patience:
            lr, bad = lr * factor, 0
    return rates


def wrong_forgets_the_best(vals, lr0, factor, patience):
    rates, best, bad, lr = [], math.inf, 0, lr0
    for loss in vals:
        rates.append(lr)
        bad = 0 if loss < best else bad + 1
        best = min(best, loss)
        if bad > patience:
            lr, bad, best = lr * factor, 0, math.inf
    return rates


def wrong_equal_is_better(vals, lr0, factor, patience):
    rates, best, bad, lr = [], math.inf, 0, lr0
    for loss in vals:
        rates.append(lr)
        bad = 0 if loss <= best else bad + 1
        best = min(best, loss)
        if bad > patience:
            lr, bad = lr * factor, 0
    return rates


def wrong_only_one_cut(vals, lr0, factor, patience):
    rates, best, bad, lr = [], math.inf, 0, lr0
    for loss in vals:
        rates.append(lr)
        bad = 0 if loss < best else bad + 1
        best = min(best, loss)
        if bad > patience:
            lr, bad = lr0 * factor, 0
    return rates
