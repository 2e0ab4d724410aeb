"""What the article claims, in our own words.

The article: "Learning Rate Mistakes: 4 Crucial Reasons to Keep It Low for Positive Results",
DataSwag. A claim's number begins with the section of the article that makes it: 0 is its
introduction, 9 its conclusion.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SECTIONS: Mapping[int, str] = MappingProxyType(
    {
        0: "Understanding the learning rate",
        1: "Convergence to global minima",
        2: "Avoiding divergence",
        3: "Achieving stability in training",
        4: "Enhancing generalization",
        5: "Practical considerations",
        6: "Learning rate finders",
        7: "Momentum",
        8: "Monitoring and adjusting",
        9: "Conclusion",
    }
)

ARTICLE: Mapping[str, str] = MappingProxyType(
    {
        "C0.1": "Each update subtracts the gradient times the learning rate.",
        "C0.2": "A larger learning rate makes training faster at first.",
        "C0.3": "A larger learning rate overshoots, oscillates, and may diverge.",
        "C1.1": "A small learning rate leads to the global minimum.",
        "C1.2": "Small, careful steps go downhill without harm.",
        "C1.3": "With a large learning rate, training bounces around the optimum for ever.",
        "C1.4": "That bouncing costs accuracy in the end.",
        "C1.5": "0.001 is a small, precise learning rate, and 0.1 a large, risky one.",
        "C2.1": "Too high a learning rate diverges.",
        "C2.2": "A rising loss means divergence.",
        "C2.3": "Too fast a run starts with a lower loss, then spirals out of control.",
        "C2.4": "It is best to start slowly and to increase the learning rate.",
        "C3.1": "A small learning rate trains stably, a large one fluctuates.",
        "C3.2": "Stability matters most in complex models.",
        "C3.3": "Small, steady steps learn more effectively.",
        "C4.1": "A small learning rate generalises better.",
        "C4.2": "A small learning rate does not latch on to noise.",
        "C5.1": "Too small a learning rate is unbearably slow.",
        "C5.2": "Start with a moderate rate and adjust it to how training goes.",
        "C5.3": "Schedules that reduce the rate over time help.",
        "C5.4": "Step decay drops the rate every few epochs, exponential decay at every step.",
        "C5.5": "A cosine schedule now and then goes up.",
        "C5.6": "Schedules remove the risks of a constant learning rate.",
        "C6.1": "A learning-rate finder ramps the rate up on a small part of the data.",
        "C6.2": "The best learning rate is just below the one at which the loss begins to rise.",
        "C6.3": "A finder beats guessing.",
        "C6.4": "PyTorch and TensorFlow have learning-rate finders built in.",
        "C7.1": "Momentum adds a fraction of the previous update to the current one.",
        "C7.2": "Momentum is typically between 0.5 and 0.9.",
        "C7.3": "Momentum with a small learning rate gives better results.",
        "C7.4": "Momentum converges more smoothly and avoids the pitfalls of a large rate.",
        "C7.5": "Momentum helps through local minima.",
        "C8.1": "Early stopping prevents overfitting.",
        "C8.2": "When validation gets worse, the learning rate may be too high.",
        "C8.3": "Warm-up stabilises the start, above all in models with high variance.",
        "C8.4": "Cyclic learning rates escape local minima.",
        "C9.1": "A small learning rate brings all of these benefits together.",
    }
)
