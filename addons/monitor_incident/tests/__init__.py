from . import test_escalation, test_notification, test_oncall
