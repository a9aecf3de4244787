from . import events
from . import ping
from . import badge
from . import metrics
from . import openapi
