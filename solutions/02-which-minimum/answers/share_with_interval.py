"""Answers to `share_with_interval`."""

import math


def right_by_the_quadratic(hits, n):
    if n < 1 or hits < 0 or hits > n:
        raise ValueError((hits, n))
    p, z = hits / n, 1.96
    a, b, c = 1 + z * z / n, -(2 * p + z * z / n), p * p
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return p, (-b - root) / (2 * a), (-b + root) / (2 * a)


def right_in_counts(hits, n):
    if not (n >= 1 and 0 <= hits <= n):
        raise ValueError(f"{hits} of {n}")
    z2 = 1.96**2
    centre = (hits + z2 / 2) / (n + z2)
    half = 1.96 / (n + z2) * math.sqrt(hits * (n - hits) / n + z2 / 4)
    return [hits / n, centre - half, centre + half]


def wrong_textbook(hits, n):
    if n < 1 or hits < 0 or hits > n:
        raise ValueError((hits, n))
    p = hits / n
    half = 1.96 * math.sqrt(p * (1 - p) / n)
    return p, p - half, p + half


def wrong_one_sided(hits, n):
    if n < 1 or hits < 0 or hits > n:
        raise ValueError((hits, n))
    p, z = hits / n, 1.645
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return p, centre - half, centre + half


def wrong_centre_for_share(hits, n):
    if n < 1 or hits < 0 or hits > n:
        raise ValueError((hits, n))
    p, z = hits / n, 1.96
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return centre, centre - half, centre + half


def wrong_half_width_not_divided(hits, n):
    if n < 1 or hits < 0 or hits > n:
        raise ValueError((hits, n))
    p, z = hits / n, 1.96
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, centre - half, centre + half


def wrong_no_error(hits, n):
    p, z = hits / n, 1.96
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    inside = max(p * (1 - p) / n + z * z / (4 * n * n), 0)
    half = z * math.sqrt(inside) / (1 + z * z / n)
    return p, centre - half, centre + half


def wrong_ends_swapped(hits, n):
    if n < 1 or hits < 0 or hits > n:
        raise ValueError((hits, n))
    p, z = hits / n, 1.96
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return p, centre + half, centre - half
