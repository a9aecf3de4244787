"""What Alertmanager 0.25 sends, shortened: one alert fires, another joins, both end."""

GROUP = '{}:{alertname="BackendDown", service="odoo-web"}'
ZERO = "0001-01-01T00:00:00Z"


def alert(server, status="firing", ends=ZERO, severity="critical", starts=None):
    """Return one alert of the group."""
    return {
        "status": status,
        "labels": {
            "alertname": "BackendDown",
            "server": server,
            "service": "odoo-web",
            "severity": severity,
        },
        "annotations": {
            "runbook_url": "https://runbooks.example.com/backend-down",
            "summary": f"Odoo web server {server} is down",
        },
        "startsAt": starts or "2026-11-22T04:15:30.457Z",
        "endsAt": ends,
        "generatorURL": "https://prometheus.example.com/graph?g0.tab=1",
        "fingerprint": f"b91063e163ade6{server}",
    }


def message(*alerts, **values):
    """Return a message of version 4."""
    return {
        "receiver": "odoo",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "BackendDown", "service": "odoo-web"},
        "commonLabels": {"alertname": "BackendDown", "service": "odoo-web"},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example.com",
        "version": "4",
        "groupKey": GROUP,
        "truncatedAlerts": 0,
        **values,
    }
