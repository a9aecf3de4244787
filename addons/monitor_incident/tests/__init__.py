from . import test_rule_failures
from . import test_rule_health
from . import test_rule_integrity
from . import test_rule_monitor
from . import test_rule_preview
from . import test_rule_records
from . import test_rule_windows
