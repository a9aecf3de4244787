{
    "name": "Monitor Gateway",
    "summary": "Let other systems report to the Monitor, and read from it",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Productivity",
    "website": "https://example.org/odoo-monitor",
    "author": "Monitor contributors",
    "license": "LGPL-3",
    "uninstall_hook": "uninstall_hook",
    "depends": ["monitor_core"],
    "data": [
        "security/ir.model.access.csv",
        "security/monitor_gateway_rules.xml",
        "views/monitor_workflow_views.xml",
        "views/res_config_settings_views.xml",
    ],
}
