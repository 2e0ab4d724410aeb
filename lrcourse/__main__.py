"""``python -m lrcourse`` is the command ``lrcourse``."""

import sys

from lrcourse.cli import main

sys.exit(main())
