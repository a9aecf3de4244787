import json
import re

from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from odoo.tests import HttpCase, tagged

from .gateway_case import GatewayCase

URL = "/monitor/openapi.json"


@tagged("post_install", "-at_install", "monitor")
class TestOpenapi(GatewayCase, HttpCase):
    """The document is valid OpenAPI 3.1, and what it says is what routes do."""

    def setUp(self):
        super().setUp()
        self.document = self.url_open(URL).json()

    def test_the_document_is_valid(self):
        OpenAPIV31SpecValidator(self.document).validate()
        self.assertEqual(self.document["openapi"], "3.1.0")

    def test_it_is_the_same_as_what_the_addons_bring(self):
        self.assertEqual(self.document, self.env["monitor.openapi"]._document())

    def test_it_names_our_routes_and_no_others(self):
        routes = {
            re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.endpoint.routing["auth"] != "user"  # pages, for people
        }
        ours = {path for path in routes if path.startswith("/monitor/")}

        self.assertEqual(set(self.document["paths"]), ours)

    def test_events_are_answered_as_described(self):
        path = "/monitor/v1/events"
        kind = {"Content-Type": "application/cloudevents+json"}
        sent = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "a.b"}
        for body, headers, user in (
            (sent, kind, self.service),
            (sent, kind, self.nobody),
            ({}, kind, self.service),
            (sent, {"Content-Type": "text/plain"}, self.service),
        ):
            key = {"Authorization": f"Bearer {self.key_of(user)}"}
            answer = self.url_open(
                path, data=json.dumps(body), headers=headers | key, method="POST"
            )
            self.assert_as_described(path, answer, "post")

    def assert_as_described(self, path, response, method="get"):
        """Check status, content type and body against the document."""
        described = self.document["paths"][path][method]["responses"]
        answer = described[str(response.status_code)]
        if "$ref" in answer:
            answer = self.document["components"]["responses"][
                answer["$ref"].rpartition("/")[2]
            ]
        for name in answer["headers"]:
            if name.startswith("X-RateLimit-"):
                self.assertRegex(response.headers[name], r"^\d+$")
        content_type = response.headers["Content-Type"]
        known = {kind.split(";")[0]: kind for kind in answer["content"]}
        self.assertIn(content_type.split(";")[0], known)
        if content_type.startswith("application/json"):
            schema = {
                **answer["content"]["application/json"]["schema"],
                "components": self.document["components"],
            }
            OAS31Validator(schema).validate(response.json())

    def test_answers_are_as_described(self):
        flow = self.make_flow(steps=())
        flow.action_share_badge()
        self.env.flush_all()
        self.assert_as_described("/monitor/healthz", self.url_open("/monitor/healthz"))
        for kind in ("svg", "json"):
            path = f"/monitor/badge/{{token}}.{kind}"
            for token in (flow.badge_token, "unknown"):
                url = path.replace("{token}", token)
                self.assert_as_described(path, self.url_open(url))
        for user in (self.service, self.nobody):
            answer = self.ask("/monitor/metrics", user)
            self.assert_as_described("/monitor/metrics", answer)
        self.assert_as_described(URL, self.url_open(URL))
        self.assert_as_described(URL, self.url_open(URL, method="DELETE"))

    def test_every_answer_is_said_to_tell_how_many_calls_are_left(self):
        shared = self.document["components"]["responses"]
        for path, item in self.document["paths"].items():
            for method in item.keys() & {"get", "head", "post"}:
                for status, answer in item[method]["responses"].items():
                    name = answer.get("$ref", "").rpartition("/")[2]
                    with self.subTest(f"{path} {status}"):
                        self.assertIn(
                            "X-RateLimit-Remaining",
                            shared.get(name, answer)["headers"],
                        )

    def test_an_addon_describes_its_routes(self):
        openapi = type(self.env["monitor.openapi"])
        parts = openapi._parts
        more = {"paths": {"/monitor/more": {"get": {"responses": {}}}}}
        self.patch(openapi, "_parts", lambda model: [*parts(model), more])

        paths = self.url_open(URL).json()["paths"]

        self.assertIn("/monitor/more", paths)
        self.assertIn("/monitor/healthz", paths)
