from . import alertmanager
from . import confirm
