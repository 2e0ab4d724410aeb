"""Answers to `verdict_of`."""


def right_chain(interval, smallest_effect):
    low, high = interval
    if -smallest_effect < low and high < smallest_effect:
        return "equivalent"
    if low > 0:
        return "holds"
    if high < 0:
        return "contradicted"
    return "undecided"


def right_by_sign(interval, smallest_effect):
    low, high = map(float, interval)
    small = all(abs(end) < smallest_effect for end in (low, high))
    sign = (low > 0) - (high < 0)
    return "equivalent" if small else ("undecided", "holds", "contradicted")[sign]


def wrong_nothing_found_is_nothing_there(interval, smallest_effect):
    low, high = interval
    if low > 0:
        return "holds"
    if high < 0:
        return "contradicted"
    return "equivalent"


def wrong_ignores_the_smallest_effect(interval, smallest_effect):
    low, high = interval
    if low > 0:
        return "holds"
    if high < 0:
        return "contradicted"
    return "undecided"


def wrong_sign_first(interval, smallest_effect):
    low, high = interval
    if low > 0:
        return "holds"
    if high < 0:
        return "contradicted"
    if -smallest_effect < low and high < smallest_effect:
        return "equivalent"
    return "undecided"


def wrong_beyond_the_smallest_effect(interval, smallest_effect):
    low, high = interval
    if -smallest_effect < low and high < smallest_effect:
        return "equivalent"
    if low > smallest_effect:
        return "holds"
    if high < -smallest_effect:
        return "contradicted"
    return "undecided"


def wrong_one_side(interval, smallest_effect):
    low, high = interval
    if high < smallest_effect:
        return "equivalent"
    if low > 0:
        return "holds"
    if high < 0:
        return "contradicted"
    return "undecided"


def wrong_middle_of_the_interval(interval, smallest_effect):
    middle = sum(interval) / 2
    if abs(middle) < smallest_effect:
        return "equivalent"
    return "holds" if middle > 0 else "contradicted"


def wrong_borders_count(interval, smallest_effect):
    low, high = interval
    if -smallest_effect <= low and high <= smallest_effect:
        return "equivalent"
    if low >= 0:
        return "holds"
    if high <= 0:
        return "contradicted"
    return "undecided"
