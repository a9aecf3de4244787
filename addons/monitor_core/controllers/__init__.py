from . import guard
from . import healthz
