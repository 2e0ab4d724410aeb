"""Keep on one line what belongs on one line: a formula and its full stop, a short piece of code."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

CLASS = "lr-together"
PUNCTUATION = ".,;:!?)"
SHORT = 16  # characters of code that fit on any line


class KeepTogether(SphinxPostTransform):
    """Mark with a class what the style sheet must not break."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Change the page."""
        for literal in self.document.findall(nodes.literal):
            if len(literal.astext()) <= SHORT:
                literal["classes"].append(CLASS)
        for formula in list(self.document.findall(nodes.math)):
            text = formula.next_node(descend=False, siblings=True)
            if not isinstance(text, nodes.Text):
                continue
            rest = text.astext().lstrip(PUNCTUATION)
            marks = text.astext()[: len(text.astext()) - len(rest)]
            if marks:
                pair = nodes.inline("", "", classes=[CLASS])
                formula.replace_self(pair)
                pair += [formula, nodes.Text(marks)]
                text.parent.replace(text, nodes.Text(rest))


def setup(app: Sphinx) -> None:
    """Work on each page before it is written."""
    app.add_post_transform(KeepTogether)
