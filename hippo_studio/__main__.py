"""``python -m hippo_studio``: the same as the command ``hippo-studio``."""

import sys

from hippo_studio.cli import main

sys.exit(main())
