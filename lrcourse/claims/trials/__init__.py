"""The trials: each maps a base seed to a tidy table; none knows how it will be judged."""
