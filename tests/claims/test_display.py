"""Verdicts as text and as HTML."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from lrcourse.claims import ARTICLE, LEDGER, Glance, VerdictCard, judge, outcome


class Balanced(HTMLParser):
    """Fails on a tag that is not closed, or closed twice."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag != "br":  # the one element here that is never closed
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.slow
@pytest.mark.parametrize("claim_id", LEDGER)
def test_a_card_tells_verdict_effect_and_every_finding(claim_id):
    tried = outcome(claim_id)
    text = " ".join("".join(Balanced(VerdictCard(tried)._repr_html_()).text).split())
    for part in (
        tried.claim.statement,
        str(tried.verdict),
        tried.claim.because,
        tried.claim.tried_on,
    ):
        assert part in text
    for finding in tried.judgement.findings:
        assert str(finding.interval).replace("-", "−") in text
        assert str(finding.interval) in str(VerdictCard(tried))


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        ((0.5, np.inf), "The claim needs above 0.5."),
        ((-np.inf, 0.5), "The claim needs below 0.5."),
        ((0.25, 0.5), "The claim needs 0.25 to 0.5."),
        ((-2 / 3, 1e-5), "The claim needs −0.667 to 1e-05."),
    ],
)
def test_a_card_says_what_the_claim_needs(claimed, words):
    tried = outcome("C0.1")
    primary = replace(tried.claim.primary, claimed=claimed)
    claim = replace(tried.claim, primary=primary)
    other = replace(tried, claim=claim, judgement=judge(claim, tried.table))
    assert words in VerdictCard(other)._repr_html_()
    low, high = other.as_dict()["claimed"]  # in JSON an open end is null
    assert (low is None, high is None) == (claimed[0] == -np.inf, claimed[1] == np.inf)


def test_the_glance_lists_every_claim_and_says_which_are_untried():
    outcomes = [outcome("C0.1"), outcome("C2.1")]
    glance = Glance(outcomes, links={"C2.1": "page.html#a&b"})
    html = glance._repr_html_()
    text = "".join(Balanced(html).text)
    assert all(claim_id in text and statement in text for claim_id, statement in ARTICLE.items())
    assert text.count("not yet tried") == len(ARTICLE) - 2
    assert 'href="page.html#a&amp;b"' in html
    assert html.count("<a ") == 1
    assert str(glance).count("not yet tried") == len(ARTICLE) - 2
