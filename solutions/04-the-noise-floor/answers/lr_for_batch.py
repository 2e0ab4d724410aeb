"""Answers to `lr_for_batch`."""


def right_one_line(lr, B0, B1):
    return lr * B1 / B0


def right_noise_per_step(lr, B0, B1):
    noise_scale = lr / B0
    return noise_scale * B1


def wrong_root(lr, B0, B1):
    return lr * (B1 / B0) ** 0.5


def wrong_inverse(lr, B0, B1):
    return lr * B0 / B1


def wrong_unchanged(lr, B0, B1):
    return lr


def wrong_squared(lr, B0, B1):
    return lr * (B1 / B0) ** 2


def wrong_whole_division(lr, B0, B1):
    return lr * (B1 // B0)
