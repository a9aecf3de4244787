from . import monitor_metrics
from . import monitor_metrics_total
from . import monitor_tick
