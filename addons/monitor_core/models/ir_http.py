from werkzeug.exceptions import MethodNotAllowed

from odoo import models
from odoo.http import request

from ..controllers import guard
from ..controllers.throttle import TooManyRequests


class IrHttp(models.AbstractModel):
    """Odoo's steps of serving a request, guarded below ``/monitor/`` and only there."""

    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        """Bound what a path without route may send, and answer a wrong method."""
        if guard.is_ours():
            request.httprequest.max_content_length = guard.MAX_BODY
        try:
            return super()._match(path_info)
        except MethodNotAllowed as error:  # Odoo does not bring it to _handle_error
            if guard.is_ours():
                error.error_response = guard.answer(error)
            raise

    @classmethod
    def _authenticate(cls, endpoint):
        guard.admit(endpoint)
        result = super()._authenticate(endpoint)
        guard.recognise(endpoint)
        return result

    @classmethod
    def _pre_dispatch(cls, rule, args):
        guard.read_body(rule.endpoint)
        return super()._pre_dispatch(rule, args)

    @classmethod
    def _post_dispatch(cls, response):
        result = super()._post_dispatch(response)
        guard.add_headers(response)
        return result

    @classmethod
    def _handle_error(cls, exception):
        if guard.is_ours() and not guard.asks_to_log_in(exception):
            return guard.answer(exception)
        response = super()._handle_error(exception)
        if isinstance(exception, TooManyRequests):  # JSON-2: Odoo's body, our headers
            response.headers.update(exception.headers)
        return response
