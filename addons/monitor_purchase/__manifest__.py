{
    "name": "Monitor Purchase Approvals",
    "summary": "The double validation of purchase orders in the Monitor",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Productivity",
    "website": "https://example.org/odoo-monitor",
    "author": "Monitor contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["monitor_approvals", "purchase"],
    "data": [
        "data/monitor_flow_data.xml",
        "data/base_automation_data.xml",
        "data/monitor_approval_policy_data.xml",
    ],
}
