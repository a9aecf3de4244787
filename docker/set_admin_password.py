"""Run by `odoo shell`: replaces the password that a new database gives to "admin".

Only that well-known one: a password somebody has chosen since is left alone.
"""

import os

from odoo.exceptions import AccessDenied

admin = env.ref("base.user_admin")  # noqa: F821  (odoo shell provides env)
well_known = {"type": "password", "login": admin.login, "password": "admin"}
try:
    admin.with_user(admin)._check_credentials(well_known, {"interactive": False})
except AccessDenied:
    print("monitor-init: admin has a password of its own, left as it is")
else:
    admin.password = os.environ["ODOO_ADMIN_PASSWORD"]
    env.cr.commit()  # noqa: F821
    print("monitor-init: password of admin set")
