"""The literature that the claims rest on, in short; the book's bibliography has the rest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LITERATURE: Mapping[str, str] = MappingProxyType(
    {
        "andriushchenko2023sgd": "Andriushchenko et al. 2023, arXiv:2210.05337",
        "arpit2017closer": "Arpit et al. 2017, arXiv:1706.05394",
        "bengio2012practical": "Bengio 2012, arXiv:1206.5533",
        "bergsma2025straight": "Bergsma et al. 2025, arXiv:2502.15938",
        "bottou2018optimization": "Bottou, Curtis, Nocedal 2018, arXiv:1606.04838",
        "cohen2021edge": "Cohen et al. 2021, arXiv:2103.00065",
        "damian2023self": "Damian, Nichani, Lee 2023, arXiv:2209.15594",
        "defazio2023optimal": "Defazio et al. 2023, arXiv:2310.07831",
        "ge2019step": "Ge, Kakade, Kidambi, Netrapalli 2019, arXiv:1904.12838",
        "gilmer2022loss": "Gilmer et al. 2022, arXiv:2110.04369",
        "goh2017momentum": "Goh 2017, Distill",
        "goyal2017accurate": "Goyal et al. 2017, arXiv:1706.02677",
        "guo2017calibration": "Guo et al. 2017, arXiv:1706.04599",
        "hardt2016train": "Hardt, Recht, Singer 2016, arXiv:1509.01240",
        "huang2017snapshot": "Huang et al. 2017, arXiv:1704.00109",
        "kidambi2018insufficiency": "Kidambi et al. 2018, arXiv:1803.05591",
        "kingma2015adam": "Kingma, Ba 2015, arXiv:1412.6980",
        "kleinberg2018alternative": "Kleinberg, Li, Yuan 2018, arXiv:1802.06175",
        "lecun1998efficient": "LeCun et al. 1998, Efficient BackProp",
        "lee2016gradient": "Lee et al. 2016, arXiv:1602.04915",
        "lewkowycz2020large": "Lewkowycz et al. 2020, arXiv:2003.02218",
        "li2019towards": "Li, Wei, Ma 2019, arXiv:1907.04595",
        "loshchilov2017sgdr": "Loshchilov, Hutter 2017, arXiv:1608.03983",
        "ma2018power": "Ma, Bassily, Belkin 2018, arXiv:1712.06559",
        "mandt2017stochastic": "Mandt, Hoffman, Blei 2017, arXiv:1704.04289",
        "mohtashami2023special": "Mohtashami, Jaggi, Stich 2023, arXiv:2205.15142",
        "nesterov2004lectures": "Nesterov 2004, Introductory Lectures on Convex Optimization",
        "polyak1964methods": "Polyak 1964",
        "prechelt1998early": "Prechelt 1998",
        "robbins1951stochastic": "Robbins, Monro 1951",
        "safran2018spurious": "Safran, Shamir 2018, arXiv:1712.08968",
        "shallue2019measuring": "Shallue et al. 2019, arXiv:1811.03600",
        "smith2017cyclical": "Smith 2017, arXiv:1506.01186",
        "smith2018disciplined": "Smith 2018, arXiv:1803.09820",
        "smith2021origin": "Smith et al. 2021, arXiv:2101.12176",
        "sutskever2013importance": "Sutskever et al. 2013",
        "wang2024marginal": "Wang et al. 2024, arXiv:2307.15196",
        "xiong2020layer": "Xiong et al. 2020, arXiv:2002.04745",
        "yang2022tensor": "Yang et al. 2022, arXiv:2203.03466",
        "yao2007early": "Yao, Rosasco, Caponnetto 2007",
    }
)
