"""Products of many runs, cut or whole, are those of one matrix after the other."""

import numpy as np
import pytest

from lrcourse.training._product import Product

SEEDS, VARIANTS = 2, 3


def normal(*shape):
    return np.random.default_rng(0).normal(size=(SEEDS, VARIANTS, *shape))


@pytest.mark.parametrize(
    ("rows", "depth", "columns", "parts"),
    [
        (8, 9, 7, 1),
        (100, 100, 100, 1),
        (128, 129, 64, 2),
        (125, 129, 64, 1),  # no halves
        (256, 257, 64, 1),  # halves would be too large as well
    ],
)
def test_a_product_a_little_too_large_is_cut_and_every_product_is_right(
    rows, depth, columns, parts
):
    left, right = normal(rows, depth), normal(depth, columns)
    with_ones = np.ones((SEEDS, VARIANTS, rows + 1, columns))
    product = Product.of(left, right, with_ones[:, :, :rows])
    product.compute()
    assert product.left.shape[2] == parts
    for run in np.ndindex(SEEDS, VARIANTS):
        np.testing.assert_allclose(with_ones[run][:rows], left[run] @ right[run], atol=1e-12)
    assert (with_ones[:, :, rows] == 1).all()


def test_a_turned_weight_is_cut_and_a_turned_batch_is_not():
    weight, delta, below = normal(128, 128), normal(128, 64), normal(128, 64)
    by_below = Product.of(weight.swapaxes(2, 3), delta, np.empty_like(below))
    by_weight = Product.of(delta, below.swapaxes(2, 3), np.empty_like(weight))
    assert by_below.left.shape[2] == 2
    assert by_weight.left.shape[2] == 1
    for product in (by_below, by_weight):
        product.compute()
    np.testing.assert_allclose(
        by_below.out.reshape(below.shape), weight.swapaxes(2, 3) @ delta, atol=1e-12
    )
    np.testing.assert_allclose(
        by_weight.out.reshape(weight.shape), delta @ below.swapaxes(2, 3), atol=1e-12
    )


def test_variants_may_share_what_is_below():
    left, right, out = normal(6, 5), normal(5, 4)[:, :1], normal(6, 4)
    Product.of(left, right, out).compute()
    np.testing.assert_allclose(out, left @ right, atol=1e-12)
