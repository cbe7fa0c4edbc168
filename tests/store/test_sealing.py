"""What a sealed value must withstand."""

import secrets
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.store.sealing import KeyErased, Keyring, KeyUnknown, SealBroken, seal, unseal

ROW = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
OTHER_ROW = UUID("01890a5d-ac96-774b-bcce-b302099a8058")
RING = Keyring({"2026-01": b"\x01" * 32, "2026-07": b"\x02" * 32}, "2026-07")
OLD_RING = Keyring({"2026-01": b"\x01" * 32}, "2026-01")

names = st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=12)


@given(plain=st.binary(max_size=400), table=names, column=names, row=st.uuids())
def test_a_sealed_value_opens_in_its_own_place(plain: bytes, table: str, column: str, row: UUID) -> None:
    key = RING.new_data_key()
    sealed = seal(key, table, row, column, plain)
    assert unseal(RING.open_data_key(key.key_id, key.wrapped), table, row, column, sealed) == plain


@given(here=st.tuples(names, st.uuids(), names), there=st.tuples(names, st.uuids(), names))
def test_a_value_moved_to_another_table_row_or_column_does_not_open(
    here: tuple[str, UUID, str], there: tuple[str, UUID, str]
) -> None:
    assume(here != there)
    key = RING.new_data_key()
    with pytest.raises(SealBroken):
        unseal(key, *there, seal(key, *here, b"A name"))


def test_names_that_run_together_alike_are_told_apart() -> None:
    key = RING.new_data_key()
    sealed = seal(key, "child", ROW, "renames", b"A name")
    with pytest.raises(SealBroken):
        unseal(key, "children", ROW, "ames", sealed)


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_any_changed_bit_is_found(place: int, bit: int) -> None:
    key = RING.new_data_key()
    sealed = bytearray(seal(key, "children", ROW, "sealed_identity", b"A name"))
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises(SealBroken):
        unseal(key, "children", ROW, "sealed_identity", bytes(sealed))


@given(length=st.integers(0, 60))
def test_a_value_cut_short_is_found_at_every_length(length: int) -> None:
    key = RING.new_data_key()
    sealed = seal(key, "children", ROW, "sealed_identity", b"A rather long name, for the sake of it")
    assume(length < len(sealed))
    with pytest.raises(SealBroken):
        unseal(key, "children", ROW, "sealed_identity", sealed[:length])


@given(junk=st.binary(max_size=120))
def test_bytes_from_elsewhere_never_open(junk: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(RING.new_data_key(), "children", ROW, "sealed_identity", junk)


def test_the_same_words_sealed_twice_look_different() -> None:
    key = RING.new_data_key()
    assert seal(key, "children", ROW, "c", b"A name") != seal(key, "children", ROW, "c", b"A name")


def test_another_request_s_key_does_not_open_a_value() -> None:
    sealed = seal(RING.new_data_key(), "children", ROW, "c", b"A name")
    with pytest.raises(SealBroken):
        unseal(RING.new_data_key(), "children", ROW, "c", sealed)


def test_rotation_wraps_the_data_key_again_and_leaves_sealed_values_readable() -> None:
    old = OLD_RING.new_data_key()
    sealed = seal(old, "children", ROW, "c", b"A name")
    new = RING.rewrap(old.key_id, old.wrapped)
    assert (new.key_id, new.wrapped != old.wrapped) == ("2026-07", True)
    without_the_old_key = Keyring({"2026-07": b"\x02" * 32}, "2026-07")
    assert unseal(without_the_old_key.open_data_key(new.key_id, new.wrapped), "children", ROW, "c", sealed) == b"A name"


def test_a_wrapped_key_filed_under_another_key_id_does_not_open() -> None:
    same_key_twice = Keyring({"a": b"\x01" * 32, "b": b"\x01" * 32}, "a")
    key = same_key_twice.new_data_key()
    with pytest.raises(SealBroken):
        same_key_twice.open_data_key("b", key.wrapped)


@given(place=st.integers(0, 59), bit=st.integers(0, 7))
def test_any_changed_bit_of_a_wrapped_key_is_found(place: int, bit: int) -> None:
    key = RING.new_data_key()
    wrapped = bytearray(key.wrapped)
    wrapped[place % len(wrapped)] ^= 1 << bit
    with pytest.raises(SealBroken):
        RING.open_data_key(key.key_id, bytes(wrapped))


def test_an_erased_data_key_says_so() -> None:
    with pytest.raises(KeyErased):
        RING.open_data_key("2026-07", None)


def test_a_key_missing_from_the_ring_is_named() -> None:
    key = RING.new_data_key()
    with pytest.raises(KeyUnknown, match="2026-07"):
        OLD_RING.open_data_key(key.key_id, key.wrapped)


@pytest.mark.parametrize(
    ("keys", "current"),
    [
        ({"a": b"short"}, "a"),
        ({"a": b"\x01" * 32}, "b"),
        ({"": b"\x01" * 32}, ""),
        ({"k" * 256: b"\x01" * 32}, "k" * 256),
    ],
    ids=["short key", "current not on the ring", "empty id", "id too long"],
)
def test_a_wrong_keyring_is_refused(keys: dict[str, bytes], current: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Keyring(keys, current)


def test_nothing_printed_holds_a_key_or_a_value() -> None:
    secret = secrets.token_bytes(32)
    ring = Keyring({"a": secret}, "a")
    key = ring.new_data_key()
    sealed = seal(key, "children", ROW, "c", b"A name")
    with pytest.raises(SealBroken) as broken:
        unseal(key, "children", OTHER_ROW, "c", sealed)
    printed = f"{ring!r} {ring} {key!r} {key} {broken.value!r} {broken.value.__cause__!r}"
    for hidden in (secret, key.plain, key.wrapped, sealed, b"A name"):
        assert repr(hidden)[2:-1] not in printed
        assert hidden.hex() not in printed
