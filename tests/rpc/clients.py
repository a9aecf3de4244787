"""The clients that people use, each behind ``call(method, **arguments)``.

Only what the protocols differ in stands here: how arguments travel and how an error
looks. Every client is the real one, and speaks to a real server.
"""

import xmlrpc.client

import odoorpc
import requests

MODEL = "monitor.workflow"
TIMEOUT = 60
# The order of the arguments, for the protocols in which they have no names.
ARGUMENTS = {
    "run_start": ("code", "correlation_id", "values"),
    "checkpoint": ("code", "correlation_id", "step", "values"),
    "run_finish": ("code", "correlation_id", "outcome", "error"),
    "health": ("codes",),
}


class Refused(Exception):
    """The server's error; ``kind`` is the class of the exception that was raised."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Client:
    def __init__(self, server, account):
        self.server = server
        self.account = account

    def call(self, method, **arguments):
        raise NotImplementedError


class XmlRpc(Client):
    """``xmlrpc.client``: has no null, so an absent argument in between is false."""

    kinds = {2: "UserError", 3: "AccessDenied", 4: "AccessError"}

    def __init__(self, server, account):
        super().__init__(server, account)
        url = f"{server.url}/xmlrpc/2"
        common = xmlrpc.client.ServerProxy(f"{url}/common")
        login, password = account["login"], account["password"]
        self.uid = common.authenticate(server.db, login, password, {})
        self.models = xmlrpc.client.ServerProxy(f"{url}/object")

    def call(self, method, **arguments):
        names = ARGUMENTS[method]
        while names and names[-1] not in arguments:
            names = names[:-1]
        positional = [arguments.get(name, False) for name in names]
        credentials = (self.server.db, self.uid, self.account["password"])
        try:
            return self.models.execute_kw(*credentials, MODEL, method, positional)
        except xmlrpc.client.Fault as fault:
            kind = self.kinds.get(fault.faultCode, "defect")
            raise Refused(kind, fault.faultString) from None


class JsonRpc(Client):
    """``requests`` on ``/jsonrpc``: arguments by name."""

    def __init__(self, server, account):
        super().__init__(server, account)
        credentials = [server.db, account["login"], account["password"]]
        self.uid = self.post("common", "login", credentials)

    def call(self, method, **arguments):
        credentials = [self.server.db, self.uid, self.account["password"]]
        return self.post(
            "object", "execute_kw", [*credentials, MODEL, method, [], arguments]
        )

    def post(self, service, method, args):
        params = {"service": service, "method": method, "args": args}
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
        answer = requests.post(
            f"{self.server.url}/jsonrpc", json=body, timeout=TIMEOUT
        ).json()
        if "error" in answer:
            data = answer["error"]["data"]
            raise Refused(data["name"].rpartition(".")[2], data["message"])
        return answer["result"]


class Json2(Client):
    """``requests`` on ``/json/2``: an API key, arguments by name, HTTP status codes."""

    def post(self, method, arguments, key=None):
        return requests.post(
            f"{self.server.url}/json/2/{MODEL}/{method}",
            json=arguments,
            headers={
                "Authorization": f"bearer {key or self.account['key']}",
                "X-Odoo-Database": self.server.db,
            },
            timeout=TIMEOUT,
        )

    def call(self, method, **arguments):
        response = self.post(method, arguments)
        if response.status_code != 200:
            error = response.json()
            raise Refused(error["name"].rpartition(".")[2], error["message"])
        return response.json()


class OdooRpc(Client):
    """The library ``odoorpc``, over JSON-RPC."""

    def __init__(self, server, account):
        super().__init__(server, account)
        self.odoo = odoorpc.ODOO("127.0.0.1", port=server.port, timeout=TIMEOUT)
        self.odoo.login(server.db, account["login"], account["password"])

    def call(self, method, **arguments):
        try:
            return self.odoo.execute_kw(MODEL, method, [], arguments)
        except odoorpc.error.RPCError as error:
            kind = error.info["data"]["name"].rpartition(".")[2]
            raise Refused(kind, error.info["data"]["message"]) from None


CLIENTS = {"xmlrpc": XmlRpc, "jsonrpc": JsonRpc, "json2": Json2, "odoorpc": OdooRpc}
