from . import badge
from . import metrics
from . import openapi
