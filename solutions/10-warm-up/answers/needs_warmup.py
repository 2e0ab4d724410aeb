"""Answers to `needs_warmup`."""


def right_chain(eta, lambda0):
    if not eta > 0 or not lambda0 > 0:
        raise ValueError((eta, lambda0))
    if eta * lambda0 <= 2:
        return "no"
    return "perhaps" if eta * lambda0 <= 4 else "yes"


def right_counting(eta, lambda0):
    product = eta * lambda0
    if eta <= 0 or lambda0 <= 0 or product != product:
        raise ValueError(product)
    return ["no", "perhaps", "yes"][int(product > 2) + int(product > 4)]


def wrong_always(eta, lambda0):
    if not eta > 0 or not lambda0 > 0:
        raise ValueError
    return "yes"


def wrong_two_answers(eta, lambda0):
    if not eta > 0 or not lambda0 > 0:
        raise ValueError
    return "yes" if eta * lambda0 > 2 else "no"


def wrong_borders(eta, lambda0):
    if not eta > 0 or not lambda0 > 0:
        raise ValueError
    return "no" if eta * lambda0 < 2 else "perhaps" if eta * lambda0 < 4 else "yes"


def wrong_rate_alone(eta, lambda0):
    if not eta > 0 or not lambda0 > 0:
        raise ValueError
    return "no" if eta <= 0.05 else "perhaps" if eta <= 0.1 else "yes"


def wrong_quotient(eta, lambda0):
    if not eta > 0 or not lambda0 > 0:
        raise ValueError
    return "no" if eta / lambda0 <= 2 else "perhaps" if eta / lambda0 <= 4 else "yes"


def wrong_no_error(eta, lambda0):
    return "no" if eta * lambda0 <= 2 else "perhaps" if eta * lambda0 <= 4 else "yes"
