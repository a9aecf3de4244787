from . import ir_http
from . import monitor_ping
from . import monitor_tick
from . import monitor_workflow
from . import res_company
from . import res_config_settings
