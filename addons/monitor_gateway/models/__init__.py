from . import monitor_deadman
from . import monitor_metrics
from . import monitor_metrics_total
from . import monitor_openapi
from . import monitor_tick
from . import monitor_workflow
from . import res_config_settings
