"""Answers to `matched_lr`."""


def right_ratio(lr, b1, b2):
    for b in (b1, b2):
        if not 0 <= b < 1:
            raise ValueError(b)
    return lr * (1 - b2) / (1 - b1)


def right_by_series(lr, b1, b2):
    if min(b1, b2) < 0 or not max(b1, b2) < 1 or b2 != b2:
        raise ValueError((b1, b2))
    return lr / (1 - b1) / (1 / (1 - b2))


def wrong_inverse(lr, b1, b2):
    if not (0 <= b1 < 1 and 0 <= b2 < 1):
        raise ValueError
    return lr * (1 - b1) / (1 - b2)


def wrong_unchanged(lr, b1, b2):
    if not (0 <= b1 < 1 and 0 <= b2 < 1):
        raise ValueError
    return lr


def wrong_limit_of_stability(lr, b1, b2):
    if not (0 <= b1 < 1 and 0 <= b2 < 1):
        raise ValueError
    return lr * (1 + b2) / (1 + b1)


def wrong_first_momentum_ignored(lr, b1, b2):
    if not (0 <= b1 < 1 and 0 <= b2 < 1):
        raise ValueError
    return lr * (1 - b2)


def wrong_no_error(lr, b1, b2):
    return lr * (1 - b2) / (1 - b1) if b1 != 1 else 0.0


def wrong_ratio_of_momenta(lr, b1, b2):
    if not (0 <= b1 < 1 and 0 <= b2 < 1):
        raise ValueError
    return lr * b1 / b2 if b2 else lr
