import pytest

from odoo.addons.monitor_core.tools.sealed import SealError, is_sealed, seal, unseal

KEY = "q0Vw7Jr3mXk1Zt9bLc5Hn8Dy2Gf6Ps4A"
#: Sealed by the first version: what is stored must be readable for ever.
OLD = (
    "sealed:gAAAAABrA23iUD_ZOQtMsUfzR-Co_mEuWCkuB-kzWeRovOWM6N8Ojv-JLK1GamEjKXQNF6nQF53O"
    "rhkocvdlhZgNc39u_Rd5vw=="
)


def test_a_secret_comes_back():
    stored = seal("Bearer hunter2 é", KEY)
    assert is_sealed(stored)
    assert "hunter2" not in stored
    assert unseal(stored, KEY) == "Bearer hunter2 é"


def test_what_the_first_version_stored_can_be_read():
    assert unseal(OLD, KEY) == "hunter2"


def test_the_same_secret_is_never_stored_the_same():
    assert seal("x", KEY) != seal("x", KEY)


@pytest.mark.parametrize(
    ("stored", "key", "why"),
    [
        (seal("x", KEY), None, "there is no key to open it with"),
        (seal("x", KEY), "", "there is no key to open it with"),
        (seal("x", KEY), KEY + "x", "it was stored with another key"),
        (seal("x", KEY)[:-6] + "AAAAAA", KEY, "it was stored with another key"),
        ("sealed:nonsense", KEY, "it was stored with another key"),
        ("Bearer hunter2", KEY, "it was not stored by the Monitor"),
    ],
)
def test_what_cannot_be_opened(stored, key, why):
    with pytest.raises(SealError) as refused:
        unseal(stored, key)
    assert str(refused.value) == why
