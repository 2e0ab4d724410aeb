"""Answers to `find_confound`."""

import numpy as np


def right_by_words(equal_steps, equal_loss):
    def says(interval):
        if interval[1] > 0:
            return "more"
        return "less" if interval[2] < 0 else "nothing"

    return "none" if says(equal_steps) == says(equal_loss) else "budget"


def right_by_signs(equal_steps, equal_loss):
    signs = [np.sign(i[1]) if i[1] * i[2] > 0 else 0 for i in (equal_steps, equal_loss)]
    return "budget" if signs[0] != signs[1] else "none"


def wrong_always_budget(equal_steps, equal_loss):
    return "budget"


def wrong_signs_of_means(equal_steps, equal_loss):
    return "budget" if equal_steps[0] * equal_loss[0] < 0 else "none"


def wrong_only_opposite_signs(equal_steps, equal_loss):
    opposite = (equal_steps[1] > 0 and equal_loss[2] < 0) or (
        equal_steps[2] < 0 and equal_loss[1] > 0
    )
    return "budget" if opposite else "none"


def wrong_by_overlap(equal_steps, equal_loss):
    apart = equal_steps[1] > equal_loss[2] or equal_loss[1] > equal_steps[2]
    return "budget" if apart else "none"


def wrong_swapped(equal_steps, equal_loss):
    says = [(i[1] > 0) - (i[2] < 0) for i in (equal_steps, equal_loss)]
    return "budget" if says[0] == says[1] else "none"
