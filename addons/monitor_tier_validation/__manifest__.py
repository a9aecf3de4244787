{
    "name": "Monitor Tier Validation",
    "summary": "OCA's tier validation in the Monitor: its history stays, it escalates",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Productivity",
    "website": "https://example.org/odoo-monitor",
    "author": "Monitor contributors",
    "license": "AGPL-3",
    "auto_install": True,
    "depends": ["monitor_approvals", "base_tier_validation"],
    "data": [
        "data/monitor_flow_data.xml",
        "data/base_automation_data.xml",
        "data/monitor_approval_policy_data.xml",
    ],
}
