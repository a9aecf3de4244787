"""Pure rules of the monitor: plain values in, named decisions out.

Nothing in this package imports Odoo, reads a database or (but for ``clock``)
asks what time it is. Each module can be checked alone, without Odoo, with
``python3 -m doctest <file>``.
"""
