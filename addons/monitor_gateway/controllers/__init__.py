from . import events
from . import ping
