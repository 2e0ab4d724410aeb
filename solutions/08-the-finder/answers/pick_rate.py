"""Answers to `pick_rate`."""

import numpy as np


def right_base_ten(lrs, losses, rule):
    rules = {
        "steepest": lambda: lrs[int(np.argmin(np.gradient(losses, np.log10(lrs))))],
        "minimum/10": lambda: lrs[int(np.argmin(losses))] / 10,
    }
    if rule not in rules:
        raise ValueError(rule)
    return rules[rule]()


def right_match(lrs, losses, rule):
    match rule:
        case "steepest":
            slope = np.gradient(np.array(losses, dtype=float), np.log(lrs))
            return np.array(lrs)[np.argmin(slope)]
        case "minimum/10":
            return 0.1 * np.array(lrs)[np.argmin(losses)]
    raise ValueError(f"unknown rule {rule}")


def wrong_slope_by_the_rate(lrs, losses, rule):
    if rule == "minimum/10":
        return lrs[int(np.argmin(losses))] / 10
    if rule == "steepest":
        return lrs[int(np.argmin(np.gradient(losses, lrs)))]
    raise ValueError


def wrong_steepest_rise(lrs, losses, rule):
    if rule == "minimum/10":
        return lrs[int(np.argmin(losses))] / 10
    if rule == "steepest":
        return lrs[int(np.argmax(np.gradient(losses, np.log(lrs))))]
    raise ValueError


def wrong_minimum_itself(lrs, losses, rule):
    if rule == "minimum/10":
        return lrs[int(np.argmin(losses))]
    if rule == "steepest":
        return lrs[int(np.argmin(np.gradient(losses, np.log(lrs))))]
    raise ValueError


def wrong_any_rule_is_fine(lrs, losses, rule):
    if rule == "minimum/10":
        return lrs[int(np.argmin(losses))] / 10
    return lrs[int(np.argmin(np.gradient(losses, np.log(lrs))))]


def wrong_forward_difference(lrs, losses, rule):
    if rule == "minimum/10":
        return lrs[int(np.argmin(losses))] / 10
    if rule == "steepest":
        return lrs[int(np.argmin(np.diff(losses)))]
    raise ValueError


def wrong_tenth_of_the_grid(lrs, losses, rule):
    if rule == "minimum/10":
        return lrs[int(np.argmin(losses)) // 10]
    if rule == "steepest":
        return lrs[int(np.argmin(np.gradient(losses, np.log(lrs))))]
    raise ValueError
