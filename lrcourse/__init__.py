"""What people say about the learning rate, put on trial."""

__version__ = "0.1.0"
