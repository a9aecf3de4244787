"""Which addons go where: the suite, bridges to apps, and what the linter says."""

import importlib.util
import sys
from pathlib import Path

import pytest

LIB = Path(__file__).absolute().parents[2] / "setup" / "lib"
sys.path.insert(0, str(LIB))

import suite  # noqa: E402 - it stands beside the programs of setup/


def load(name):
    """Load a program of setup/lib that is run alone."""
    spec = importlib.util.spec_from_file_location(name, LIB / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def addons(tmp_path):
    """A folder with a small suite: two addons, three bridges."""
    bridge = {"auto_install": True}
    for name, manifest in {
        "ours": {"depends": ["mail"]},
        "ours_more": {"depends": ["ours"]},
        "ours_purchase": {"depends": ["ours_more", "purchase"], **bridge},
        "ours_tiers": {"depends": ["ours_more", "base_tier_validation"], **bridge},
        "ours_purchase_tiers": {
            "depends": ["ours_purchase", "base_tier_validation"],
            "auto_install": ["base_tier_validation"],
        },
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__manifest__.py").write_text(repr(manifest))
    (tmp_path / "no_addon").mkdir()
    return tmp_path


def test_bridges_are_not_part_of_the_suite_that_every_odoo_has(addons):
    assert suite.suite_addons(addons) == ["ours", "ours_more"]
    assert suite.bridge_addons(addons) == [
        "ours_purchase",
        "ours_purchase_tiers",
        "ours_tiers",
    ]
    assert suite.all_addons(addons) == sorted(
        suite.suite_addons(addons) + suite.bridge_addons(addons)
    )


def test_what_the_suite_needs_has_no_app_of_a_bridge(addons):
    assert suite.needs(suite.suite_addons(addons), addons) == ["mail"]
    assert suite.needs(suite.all_addons(addons), addons) == [
        "base_tier_validation",
        "mail",
        "purchase",
    ]


@pytest.mark.parametrize(
    "present, bridges",
    [
        (["mail"], []),
        (["mail", "purchase"], ["ours_purchase"]),
        (["base_tier_validation"], ["ours_tiers"]),
        (
            ["purchase", "base_tier_validation"],
            ["ours_purchase", "ours_purchase_tiers", "ours_tiers"],
        ),
    ],
)
def test_a_bridge_fits_where_all_it_is_about_is_there(addons, present, bridges):
    expected = sorted(["ours", "ours_more", *bridges])
    assert suite.fitting(present, addons) == expected


@pytest.mark.parametrize(
    "manifest, expected",
    [
        ({"depends": ["ours", "web"]}, None),
        ({"depends": ["ours", "purchase"]}, "cannot depend on purchase"),
        ({"depends": ["ours", "purchase"], "auto_install": True}, None),
        ({"depends": ["ours"], "auto_install": True}, "and on another app"),
        ({"depends": ["purchase"], "auto_install": True}, "depends on the suite"),
        ({"depends": ["ours"], "license": "AGPL-3"}, "license is not LGPL-3"),
        (
            {
                "depends": ["ours", "purchase"],
                "auto_install": True,
                "license": "AGPL-3",
            },
            "license is not LGPL-3",
        ),
        (
            {
                "depends": ["ours", "base_tier_validation"],
                "auto_install": True,
                "license": "AGPL-3",
            },
            None,
        ),
    ],
)
def test_the_linter_knows_what_a_bridge_is(manifest, expected):
    checks = load("check_manifests")
    found = list(checks.check_bridge({"license": "LGPL-3", **manifest}, {"ours"}))
    if expected is None:
        assert not found
    else:
        assert len(found) == 1 and expected in found[0]


def test_peers_are_those_that_are_pinned():
    assert "base_tier_validation" in load("check_manifests").peers()
    assert "openupgradelib" not in load("check_manifests").peers()
