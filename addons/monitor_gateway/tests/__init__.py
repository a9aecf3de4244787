from . import test_badge
from . import test_deadman
from . import test_metrics
from . import test_openapi
