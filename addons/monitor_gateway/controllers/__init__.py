from . import badge
from . import metrics
