"""The literature that the claims rest on, in short; the book's bibliography has the rest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LITERATURE: Mapping[str, str] = MappingProxyType(
    {
        "bottou2018optimization": "Bottou, Curtis, Nocedal 2018, arXiv:1606.04838",
        "cohen2021edge": "Cohen et al. 2021, arXiv:2103.00065",
        "kingma2015adam": "Kingma, Ba 2015, arXiv:1412.6980",
        "lecun1998efficient": "LeCun et al. 1998, Efficient BackProp",
        "lee2016gradient": "Lee et al. 2016, arXiv:1602.04915",
        "nesterov2004lectures": "Nesterov 2004, Introductory Lectures on Convex Optimization",
        "polyak1964methods": "Polyak 1964",
        "yang2022tensor": "Yang et al. 2022, arXiv:2203.03466",
    }
)
