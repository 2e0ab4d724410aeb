"""Answers to `sgd_floor`."""


def right_by_the_variance(lr, lam, sigma, B):
    if lr <= 0 or lam <= 0 or B <= 0 or not lr * lam < 2:
        raise ValueError((lr, lam, B))
    variance = (lr * sigma) ** 2 / B / (1 - (1 - lr * lam) ** 2)
    return 0.5 * lam * variance


def right_in_other_order(lr, lam, sigma, B):
    for name, value in (("lr", lr), ("lam", lam), ("B", B)):
        if not value > 0:
            raise ValueError(f"{name} is {value}")
    if lr * lam >= 2:
        raise ValueError("diverges")
    return sigma * sigma / (2 * B * (2 / lr - lam))


def wrong_small_rate_formula(lr, lam, sigma, B):
    if not (lr > 0 and lam > 0 and B > 0 and lr * lam < 2):
        raise ValueError
    return lr * sigma**2 / (4 * B)


def wrong_root_of_batch(lr, lam, sigma, B):
    if not (lr > 0 and lam > 0 and B > 0 and lr * lam < 2):
        raise ValueError
    return lr * sigma**2 / (2 * B**0.5 * (2 - lr * lam))


def wrong_sigma_not_squared(lr, lam, sigma, B):
    if not (lr > 0 and lam > 0 and B > 0 and lr * lam < 2):
        raise ValueError
    return lr * sigma / (2 * B * (2 - lr * lam))


def wrong_half_forgotten(lr, lam, sigma, B):
    if not (lr > 0 and lam > 0 and B > 0 and lr * lam < 2):
        raise ValueError
    return lr * sigma**2 / (B * (2 - lr * lam))


def wrong_no_error(lr, lam, sigma, B):
    return lr * sigma**2 / (2 * B * (2.0000001 - lr * lam))


def wrong_batch_forgotten(lr, lam, sigma, B):
    if not (lr > 0 and lam > 0 and B > 0 and lr * lam < 2):
        raise ValueError
    return lr * sigma**2 / (2 * (2 - lr * lam))
