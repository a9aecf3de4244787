"""Frames are made by code compiled as if it were a file of an addon."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.monitor_core.tools import fingerprint as fp

SALE = "odoo.addons.sale.models.sale_order"
CRON = "odoo.addons.base.models.ir_cron"
ORM = "odoo.orm.models"


def function(module, body, path=None, name="work", **names):
    """Return a function ``name`` that looks like code of ``module``."""
    path = path or f"/opt/src/{module.removeprefix('odoo.').replace('.', '/')}.py"
    scope = {"__name__": module, **names}
    exec(compile(f"def {name}():\n    {body}", path, "exec"), scope)
    return scope[name]


def caught(call):
    try:
        call()
    except Exception as exc:
        return exc
    raise AssertionError("nothing was raised")


def info_of(call):
    return fp.describe_exception(caught(call))


def error(name, *bases, **attributes):
    return type(name, bases or (Exception,), attributes)


UserError = error("UserError")


class TestFrames:
    def test_only_application_frames_innermost_last(self):
        inner = function(ORM, "raise KeyError('x')")
        middle = function(SALE, "inner()", name="confirm", inner=inner)
        outer = function(CRON, "middle()", name="_callback", middle=middle)
        assert info_of(outer).frames == ("addons/sale/models/sale_order.py:confirm",)

    def test_any_frames_where_the_application_has_none(self):
        inner = function(ORM, "raise KeyError('x')", name="write")
        outer = function(CRON, "inner()", name="_callback", inner=inner)
        frames = info_of(outer).frames
        assert frames[-2:] == (
            "addons/base/models/ir_cron.py:_callback",
            "odoo/orm/models.py:write",
        )

    def test_five_at_most_the_innermost(self):
        call = function(SALE, "raise KeyError('x')", name="f0")
        for depth in range(1, 9):
            call = function(SALE, "call()", name=f"f{depth}", call=call)
        frames = info_of(call).frames
        assert [frame[-2:] for frame in frames] == ["f4", "f3", "f2", "f1", "f0"]

    def test_code_of_a_server_action_is_application_without_its_id(self):
        call = function("", "raise KeyError('x')", path="ir.actions.server(12,)")
        assert info_of(call).frames == ("ir.actions.server(#):work",)

    def test_the_same_on_every_machine(self):
        paths = [
            "/home/odoo/src/user/sale/models/sale_order.py",
            r"C:\x\addons\sale.py",
        ]
        infos = [info_of(function(SALE, "1 / 0", path=path)) for path in paths]
        assert infos[0].frames == infos[1].frames
        assert fp.fingerprint(infos[0]) == fp.fingerprint(infos[1])

    def test_an_exception_that_was_not_raised_has_none(self):
        assert fp.describe_exception(KeyError("x")).frames == ()


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("/opt/odoo/addons/sale/models/x.py", "addons/sale/models/x.py"),
        ("/usr/lib/python3/dist-packages/odoo/addons/sale/x.py", "addons/sale/x.py"),
        ("/usr/lib/python3/dist-packages/odoo/orm/models.py", "odoo/orm/models.py"),
        ("/opt/odoo/lib/python3.12/site-packages/requests/api.py", "requests/api.py"),
        ("/opt/odoo/odoo/tools/safe_eval.py", "odoo/tools/safe_eval.py"),
        ("/usr/lib/python3.11/json/decoder.py", "json/decoder.py"),
        ("/home/odoo/src/user/mymod/models/x.py", "mymod/models/x.py"),
        ("/srv/addons/src/addons/sale/models/x.py", "addons/sale/models/x.py"),
        ("/addons/sale/models/x.py", "addons/sale/models/x.py"),
        ("C:\\odoo\\addons\\sale\\x.py", "addons/sale/x.py"),
        ("/x.py", "x.py"),
        ("<string>", "<string>"),
    ],
)  # fmt: skip
def test_short_path(path, short):
    assert fp.short_path(path) == short


class TestReporters:
    """Exceptions that only say that another one happened before."""

    def test_safe_eval(self):
        body = (
            "try: inner()\n"
            "    except Exception as e: "
            "raise ValueError('%r while evaluating\\n%r' % (e, 'code'))"
        )
        inner = function(SALE, "raise KeyError('partner')")
        info = info_of(function("odoo.tools.safe_eval", body, inner=inner))
        assert (info.error_type, info.message) == ("KeyError", "'partner'")
        assert info.frames == ("addons/sale/models/sale_order.py:work",)
        assert "while evaluating" in info.traceback

    def test_aborted_transaction(self):
        aborted = error("InFailedSqlTransaction")("current transaction is aborted")
        aborted.__context__ = error("UniqueViolation")("duplicate key")
        info = fp.describe_exception(aborted)
        assert info.error_type.endswith(".UniqueViolation")
        assert info.message == "duplicate key"

    def test_both_at_once(self):
        aborted = error("InFailedSqlTransaction")("aborted")
        aborted.__context__ = TimeoutError("slow")
        wrapper = ValueError("InFailed() while evaluating\n'code'")
        wrapper.__context__ = aborted
        assert fp.classify(wrapper) == "timeout"

    def test_a_circle_ends(self):
        aborted = error("InFailedSqlTransaction")("aborted")
        aborted.__context__ = aborted
        assert fp.root_cause(aborted) is aborted
        assert not fp.is_retryable(aborted)

    def test_other_errors_speak_for_themselves(self):
        exc = ValueError("no number")
        exc.__context__ = KeyError("x")
        assert fp.root_cause(exc) is exc


class TestText:
    def test_message_is_its_first_lines(self):
        text = "\n\n  relation does not exist\nLINE 1: SELECT 1\n    ^\n\nDETAIL: none"
        message = fp.describe_exception(ValueError(text)).message
        assert message == "relation does not exist\nLINE 1: SELECT 1\nDETAIL: none"

    def test_long_and_unstorable_text_is_cut_and_replaced(self):
        info = fp.describe_exception(ValueError("a\x00\ud800" + "x" * 10**6))
        assert info.message.startswith("a\ufffd\ufffdx") and len(info.message) == 1000
        assert len(info.traceback) == 8000
        (info.message + info.traceback).encode()

    def test_traceback_keeps_its_end_and_loses_the_machine(self):
        call = function(SALE, "raise KeyError('the end')")
        for depth in range(300):
            call = function(SALE, "call()", name=f"deep_{depth}", call=call)
        text = info_of(call).traceback
        assert len(text) <= 8000
        assert text.endswith("KeyError: 'the end'\n")
        assert 'File "addons/sale/models/sale_order.py", line 2, in work' in text
        assert "/opt/src" not in text

    def test_traceback_without_marks_of_the_interpreter(self):
        lines = info_of(lambda: [][1 + 1]).traceback.splitlines()
        assert (
            lines[-2].strip()
            == "lines = info_of(lambda: [][1 + 1]).traceback.splitlines()"
        )
        assert lines[-1] == "IndexError: list index out of range"

    def test_traceback_can_be_stored(self):
        text = fp.describe_exception(ValueError("a\x00b")).traceback
        assert text == "ValueError: a\ufffdb\n"

    def test_traceback_of_what_cannot_be_formatted(self, monkeypatch):
        def fail(*_args):
            raise RecursionError

        exc = caught(function(SALE, "raise KeyError('x')"))
        monkeypatch.setattr(fp.traceback, "format_exception", fail)
        text = fp.describe_exception(exc).traceback
        assert 'File "addons/sale/models/sale_order.py", line 2, in work' in text

    @pytest.mark.parametrize("text", ["X", "^", "~ ^", "a^b"])
    def test_a_line_of_marks_is_no_message(self, text):
        message = fp.describe_exception(ValueError(f"{text}\nend")).message
        assert message == ("end" if set(text) <= set(" ^~") else f"{text}\nend")

    def test_an_exception_that_cannot_speak(self):
        def fail(self):
            raise RuntimeError("no")

        call = function(SALE, "raise Mute()", Mute=error("Mute", __str__=fail))
        info = info_of(call)
        assert info.message == "(the error has no readable message)"
        assert info.frames and fp.classify(caught(call)) == "fault"

    def test_type_is_qualified_unless_built_in(self):
        assert fp.describe_exception(KeyError()).error_type == "KeyError"
        exc = error("UserError", __module__="odoo.exceptions")("No")
        assert fp.describe_exception(exc).error_type == "odoo.exceptions.UserError"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("order 12 of 1,250.00", "order # of #"),
        (
            "res.partner(12,) and res.partner(1, 2, 3)",
            "res.partner(#) and res.partner(#)",
        ),
        ("sale.order(<NewId origin=5>,)", "sale.order(#)"),
        ("id 550e8400-e29b-41d4-a716-446655440000", "id <uuid>"),
        ("trace 4bf92f3577b34da6a3ce929d0e0e4736", "trace <hex>"),
        ("<object at 0x7f3a2c>", "<object at <address>>"),
        ("mail to ana.b@example.com failed", "mail to <email> failed"),
        ("GET https://x.io/a?b=1 failed", "GET <url> failed"),
        ("at 2026-11-22 10:00:01.5", "at <date>"),
        ("at 2026-11-22T10:00:01Z", "at <date>"),
        ("no file /var/lib/odoo/x.csv", "no file <path>"),
        ("no file C:\\data\\in\\x.csv", "no file <path>"),
        ("column \"name\" and 'other'", "column <text> and <text>"),
        ("can't read, don't try", "can't read, don't try"),
        ("INV/2026/00012", "INV/#/#"),
        ("ids 1, 2, 3", "ids #"),
        ("decade facade", "decade facade"),
    ],
)
def test_mask_message(text, masked):
    assert fp.mask_message(text) == masked


@given(st.text() | st.from_regex(r"([\"'`«0-9a-f@./:()# ]|res\.partner){0,80}"))
def test_masking_is_total_and_bounded(text):
    masked = fp.mask_message(text)
    assert not any(char.isascii() and char.isdigit() for char in masked)


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.uuids(), st.uuids())
def test_numbers_and_ids_do_not_matter(a, b, c, d):
    texts = [f"order {number} ({uuid}) is gone" for number, uuid in ((a, c), (b, d))]
    infos = [fp.ErrorInfo("ValueError", text, text, ("x:f",)) for text in texts]
    assert fp.fingerprint(infos[0]) == fp.fingerprint(infos[1])


def test_a_fingerprint_stays_the_same_in_every_version():
    info = fp.ErrorInfo("ValueError", "order 12 is gone", "", ("x:f", "x:g"))
    assert fp.fingerprint(info) == "9a084a926bd174c3"


def test_any_text_has_a_fingerprint():
    info = fp.ErrorInfo("ValueError", "\ud800", "", ())
    assert len(fp.fingerprint(info)) == 16


def test_type_frames_and_message_do_matter():
    info = fp.ErrorInfo("ValueError", "gone", "", ("x:f",))
    others = [
        info._replace(error_type="KeyError"),
        info._replace(message="here"),
        info._replace(frames=("x:g",)),
    ]
    prints = {fp.fingerprint(one) for one in (info, *others)}
    assert len(prints) == 4
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in prints)
    assert fp.fingerprint(info._replace(traceback="other")) == fp.fingerprint(info)


@pytest.mark.parametrize(
    ("exc", "outcome"),
    [
        (UserError(), "business_error"),
        (error("ValidationError", UserError)(), "business_error"),
        (error("AccessError", UserError)(), "business_error"),
        (error("AccessDenied", UserError)(), "business_error"),
        (error("RedirectWarning")(), "business_error"),
        (error("MissingError", UserError)(), "fault"),
        (error("LockError", UserError)(), "fault"),
        (error("ServerActionWithWarningsError", UserError)(), "fault"),
        (error("ReadTimeout", error("Timeout"))(), "timeout"),
        (TimeoutError(), "timeout"),
        (error("QueryCanceled")(), "timeout"),
        (Exception("CPU time limit exceeded."), "timeout"),
        (KeyError("x"), "fault"),
        (error("SerializationFailure")(), "fault"),
    ],
)
def test_classify(exc, outcome):
    assert fp.classify(exc) == outcome


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
def test_retryable_by_code(code):
    assert fp.is_retryable(error("OperationalError", pgcode=code)())


@pytest.mark.parametrize(
    "name",
    [
        "SerializationFailure",
        "DeadlockDetected",
        "LockNotAvailable",
        "ConcurrencyError",
    ],
)
def test_retryable_by_name_also_as_cause(name):
    conflict = error(name)()
    assert fp.is_retryable(conflict)
    outer = RuntimeError("cannot save")
    outer.__context__ = conflict
    assert not fp.is_retryable(outer)
    outer.__cause__ = conflict
    assert fp.is_retryable(outer)


def test_retryable_where_a_reporter_hides_it():
    wrapper = ValueError("Conflict() while evaluating\n'code'")
    wrapper.__context__ = error("SerializationFailure")()
    assert fp.is_retryable(wrapper)


def test_others_are_not_retryable():
    assert not fp.is_retryable(error("OperationalError", pgcode="57014")())
    assert not fp.is_retryable(UserError("no"))
