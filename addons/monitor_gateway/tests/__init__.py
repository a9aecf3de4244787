from . import test_deadman
from . import test_metrics
