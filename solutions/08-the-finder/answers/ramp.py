"""Answers to `ramp`."""

import math

import numpy as np


def right_powers(step, save, load, lo, hi, n):
    weights = save()
    rates, losses, best = [], [], math.inf
    try:
        for k in range(n):
            lr = lo * (hi / lo) ** (k / (n - 1))
            loss = step(lr)
            rates.append(lr)
            losses.append(loss)
            if math.isnan(loss) or math.isinf(loss) or loss > 4 * best:
                break
            best = min(best, loss)
    finally:
        load(weights)
    return rates, losses


def right_logspace(step, save, load, lo, hi, n):
    before = save()
    rates = np.logspace(np.log10(lo), np.log10(hi), n)
    losses = []
    try:
        for lr in rates:
            losses.append(step(lr))
            if not np.isfinite(losses[-1]) or losses[-1] > 4 * np.min(losses):
                break
    finally:
        load(before)
    return rates[: len(losses)], np.array(losses)


def wrong_linear_spacing(step, save, load, lo, hi, n):
    weights, losses = save(), []
    rates = np.linspace(lo, hi, n)
    try:
        for lr in rates:
            losses.append(step(lr))
            if not np.isfinite(losses[-1]) or losses[-1] > 4 * np.min(losses):
                break
    finally:
        load(weights)
    return rates[: len(losses)], np.array(losses)


def wrong_weights_moved(step, save, load, lo, hi, n):
    rates, losses = np.geomspace(lo, hi, n), []
    for lr in rates:
        losses.append(step(lr))
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * np.min(losses):
            break
    return rates[: len(losses)], np.array(losses)


def wrong_not_restored_on_failure(step, save, load, lo, hi, n):
    weights, losses = save(), []
    rates = np.geomspace(lo, hi, n)
    for lr in rates:
        losses.append(step(lr))
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * np.min(losses):
            break
    load(weights)
    return rates[: len(losses)], np.array(losses)


def wrong_never_stops(step, save, load, lo, hi, n):
    weights = save()
    rates = np.geomspace(lo, hi, n)
    try:
        losses = np.array([step(lr) for lr in rates])
    finally:
        load(weights)
    return rates, losses


def wrong_four_times_the_first(step, save, load, lo, hi, n):
    weights, losses = save(), []
    rates = np.geomspace(lo, hi, n)
    try:
        for lr in rates:
            losses.append(step(lr))
            if not np.isfinite(losses[-1]) or losses[-1] > 4 * losses[0]:
                break
    finally:
        load(weights)
    return rates[: len(losses)], np.array(losses)


def wrong_last_loss_dropped(step, save, load, lo, hi, n):
    weights, losses = save(), []
    rates = np.geomspace(lo, hi, n)
    try:
        for lr in rates:
            loss = step(lr)
            if not np.isfinite(loss) or (losses and loss > 4 * np.min(losses)):
                break
            losses.append(loss)
    finally:
        load(weights)
    return rates[: len(losses)], np.array(losses)


def wrong_swallows_the_failure(step, save, load, lo, hi, n):
    weights, losses = save(), []
    rates = np.geomspace(lo, hi, n)
    try:
        for lr in rates:
            losses.append(step(lr))
            if not np.isfinite(losses[-1]) or losses[-1] > 4 * np.min(losses):
                break
    except Exception:
        pass
    load(weights)
    return rates[: len(losses)], np.array(losses)
