from . import monitor_event
from . import monitor_event_key
from . import monitor_event_type
