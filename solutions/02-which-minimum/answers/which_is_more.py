"""Answers to `which_is_more`."""


def right_by_cases(small, large):
    if min(small) > max(large):
        return "small"
    if min(large) > max(small):
        return "large"
    return "undecided"


def right_by_overlap(small, large):
    if max(small[0], large[0]) <= min(small[1], large[1]):
        return "undecided"
    return "small" if small[0] > large[0] else "large"


def wrong_compares_centres(small, large):
    return "small" if sum(small) > sum(large) else "large"


def wrong_names_the_smaller(small, large):
    if small[0] > large[1]:
        return "large"
    return "small" if large[0] > small[1] else "undecided"


def wrong_touching_decides(small, large):
    if small[0] >= large[1]:
        return "small"
    return "large" if large[0] >= small[1] else "undecided"


def wrong_never_decides(small, large):
    return "undecided"


def wrong_compares_lower_ends(small, large):
    if small[0] == large[0]:
        return "undecided"
    return "small" if small[0] > large[0] else "large"
