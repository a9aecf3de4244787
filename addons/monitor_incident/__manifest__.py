{
    "name": "Monitor Incidents",
    "summary": "Tell the right person once, with the next step, and escalate",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Productivity",
    "website": "https://example.org/odoo-monitor",
    "author": "Monitor contributors",
    "license": "LGPL-3",
    "depends": ["monitor_core"],
    "data": [
        "security/ir.model.access.csv",
        "security/monitor_incident_rules.xml",
        "data/ir_sequence_data.xml",
        "data/monitor_inhibition_data.xml",
        "wizards/monitor_incident_silence_views.xml",
        "views/monitor_incident_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["monitor_incident/static/src/**/*"],
        "web.assets_unit_tests": ["monitor_incident/static/tests/*.test.js"],
        "web.assets_tests": ["monitor_incident/static/tests/tours/*.esm.js"],
    },
}
