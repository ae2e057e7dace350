"""What may be written comes back as it was given, what may not is refused by name; instants read back exactly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import example, given
from hypothesis import strategies as st

from models.bounds import SAFE_INTEGER, Bounds
from models.errors import BadUserInput, InvalidInput
from models.instants import EPOCH, MS, print_instant
from schema.scalars import parse_instant
from tests.models.drawn import lines, objects, promise, storable, texts

bounds = Bounds()
small = Bounds(subject_chars=5, body_bytes=8, extra_bytes=40, extra_levels=3, extra_keys=3, tag_count=2, tag_chars=3)

unstorable = st.builds(
    lambda before, bad, after: before + bad + after,
    texts,
    st.sampled_from(["\x00", "\ud800", "\udbff", "\udc00", "\udfff"]),
    texts,
)
CHECKS = {
    "subject": bounds.subject,
    "userId": bounds.user_id,
    "body": bounds.body,
    "text": bounds.text,
    "reason": bounds.reason,
    "tags": lambda text: bounds.tag_list([text]),
    "extra": lambda text: bounds.extra({"a": [text]}),
}


def refused(field: str, check: Any, *arguments: Any) -> None:
    with pytest.raises(InvalidInput) as error:
        check(*arguments)
    assert error.value.field == field


# ---------------------------------------------------------------- texts


@given(lines, texts.filter(lambda text: len(text.encode()) <= 100_000))
@promise(100)
def test_a_text_within_its_bounds_is_kept_as_it_was_given(line: str, text: str) -> None:
    assert bounds.subject(line) == bounds.user_id(line) == bounds.text(line) == bounds.reason(line) == line
    assert bounds.told(line) == line
    assert bounds.body(text) == text


@pytest.mark.parametrize("field", CHECKS)
@given(text=unstorable)
@promise(40)
def test_what_a_database_cannot_keep_is_refused_with_its_field(field: str, text: str) -> None:
    refused(field, CHECKS[field], text)


@given(unstorable)
@promise(40)
def test_what_a_database_cannot_keep_is_refused_in_keys_too(key: str) -> None:
    refused("extra", bounds.extra, {"a": {key: 1}})


@given(st.text(storable, max_size=12))
@example("")
@example("     ")
@example("\U0001f600" * 2)
@promise(100)
def test_subject_counts_characters_and_body_bytes(text: str) -> None:
    if text.strip() and len(text) <= 5:
        assert small.subject(text) == text
    else:
        refused("subject", small.subject, text)
    if len(text.encode()) <= 8:
        assert small.body(text) == text
    else:
        refused("body", small.body, text)


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u2003"])
def test_blank_is_no_subject_no_message_and_no_reason(blank: str) -> None:
    refused("subject", bounds.subject, blank)
    refused("userId", bounds.user_id, blank)
    refused("text", bounds.text, blank)
    refused("reason", bounds.told, blank)
    assert bounds.reason(blank) is None
    assert bounds.body(blank) == blank


@pytest.mark.parametrize(
    ("check", "limit"), [("subject", 200), ("user_id", 128), ("reason", 2_000), ("body", 100_000), ("text", 100_000)]
)
def test_the_last_character_that_fits_fits(check: str, limit: int) -> None:
    assert getattr(bounds, check)("x" * limit) == "x" * limit
    field = "userId" if check == "user_id" else check
    refused(field, getattr(bounds, check), "x" * (limit + 1))


# ---------------------------------------------------------------- tags, extra, numbers


@given(st.lists(st.text(storable, max_size=5), max_size=4))
@promise(200)
def test_tags_are_trimmed_without_repeats_and_in_order(tags: list[str]) -> None:
    trimmed: list[str] = []
    for tag in tags:
        if tag.strip() not in trimmed:
            trimmed.append(tag.strip())
    if len(trimmed) > 2 or any(not 1 <= len(tag) <= 3 for tag in trimmed):
        refused("tags", small.tag_list, tags)
    else:
        assert small.tag_list(tags) == trimmed
        assert small.tag_list(trimmed) == trimmed


@given(objects)
@promise(200)
def test_a_json_object_within_its_bounds_is_kept_as_it_was_given(extra: dict[str, Any]) -> None:
    assert bounds.extra(extra) is extra


@pytest.mark.parametrize("value", [None, [], "{}", 1, True, [{}]])
def test_extra_is_an_object(value: object) -> None:
    refused("extra", bounds.extra, value)


@pytest.mark.parametrize(
    "value",
    [SAFE_INTEGER + 1, -SAFE_INTEGER - 1, 2**63, 10**400, float("nan"), float("inf"), -float("inf"), {1}, b"", (1,)],
)
def test_extra_holds_what_every_reader_of_json_can_read(value: object) -> None:
    refused("extra", bounds.extra, {"a": [{"b": value}]})


@pytest.mark.parametrize("value", [SAFE_INTEGER, -SAFE_INTEGER, 0.1, -0.0, 5e-324, True, None])
def test_extra_holds_every_safe_number(value: object) -> None:
    assert bounds.extra({"a": value}) == {"a": value}


def test_extra_is_neither_too_deep_nor_too_large_nor_too_wide() -> None:
    assert small.extra({"a": {"b": [1]}}) == {"a": {"b": [1]}}
    refused("extra", small.extra, {"a": {"b": [[]]}})
    refused("extra", small.extra, {"a": {"b": {"c": {}}}})
    assert small.extra({"a": {"b": 1}, "c": 2})
    refused("extra", small.extra, {"a": {"b": 1, "c": 2}, "d": 2})
    assert small.extra({"a": "x" * 32})
    refused("extra", small.extra, {"a": "x" * 33})
    refused("extra", small.extra, {"a": "\u00e9" * 17})


def test_a_bottomless_extra_is_refused_like_any_other() -> None:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    refused("extra", bounds.extra, {"a": value})


@given(st.integers())
@example(0)
@example(1)
@example(100)
@example(3_600)
@example(3_601)
@promise(100)
def test_pages_and_leases_have_both_ends(number: int) -> None:
    for ask, last, due in ((bounds.page, 100, number), (bounds.lease_ms, 3_600, number * 1_000)):
        if 1 <= number <= last:
            assert ask(number) == due
        else:
            with pytest.raises(BadUserInput):
                ask(number)


@pytest.mark.parametrize("name", vars(bounds))
def test_a_bound_is_a_positive_number(name: str) -> None:
    with pytest.raises(BadUserInput, match=name):
        Bounds(**{name: 0})


@pytest.mark.parametrize("name", ["subject_chars", "tag_chars", "user_id_chars"])
def test_no_bound_lies_beyond_its_column(name: str) -> None:
    assert vars(Bounds(**{name: 1_000}))[name] == 1_000
    with pytest.raises(BadUserInput, match=name):
        Bounds(**{name: 1_001})


# ---------------------------------------------------------------- instants

LAST_MS = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // MS - 1
PRINTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
instants = st.integers(0, LAST_MS)
offsets = st.integers(-(23 * 60 + 59), 23 * 60 + 59)


@given(instants)
@example(0)
@example(LAST_MS)
@promise(300)
def test_an_instant_is_printed_with_three_decimals_and_z_and_read_back_exactly(ms: int) -> None:
    text = print_instant(ms)
    assert PRINTED.fullmatch(text)
    assert parse_instant(text) == ms


@given(instants, offsets)
@promise(300)
def test_an_instant_is_the_same_in_every_zone(ms: int, minutes: int) -> None:
    local = EPOCH + timedelta(milliseconds=ms, minutes=minutes)
    if not 1 <= local.year <= 9998:
        return
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1_000:03d}{sign}{hours:02d}:{rest:02d}"
    text = text if len(text) == 29 else f"{local.year:04d}" + text[text.index("-") :]
    assert parse_instant(text) == ms


@given(instants, st.text("0123456789", min_size=1, max_size=12), st.sampled_from(["Z", "z", "+00:00", "-00:00"]))
@promise(100)
def test_decimals_finer_than_a_millisecond_are_cut_off(ms: int, digits: str, zone: str) -> None:
    text = print_instant(ms)[:19]
    assert parse_instant(f"{text}.{digits}{zone}") == ms - ms % 1_000 + int(digits[:3].ljust(3, "0"))
    assert parse_instant(f"{text.replace('T', 't')}{zone}") == ms - ms % 1_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-20",
        "2026-W01-1",
        "2026-324",
        "20261120T083000Z",
        "2026-11-20T08:30:00",
        "2026-11-20T08:30:00.000",
        "2026-11-20T08:30Z",
        "2026-11-20T08Z",
        "2026-11-20T08:30:00.Z",
        "2026-11-20T08:30:00,5Z",
        "2026-11-20T08:30:00+02",
        "2026-11-20T08:30:00+0200",
        "2026-11-20T08:30:00+02:00:00",
        "2026-11-20T08:30:00+24:00",
        "2026-11-20T08:30:00-99:00",
        "2026-11-20T08:30:00+02:60",
        "2026-11-20T08:30:00 Z",
        " 2026-11-20T08:30:00Z",
        "2026-11-20T08:30:00Z\n",
        "2026-02-30T08:30:00Z",
        "2025-02-29T08:30:00Z",
        "2026-13-01T08:30:00Z",
        "2026-00-01T08:30:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T08:60:00Z",
        "2026-11-20T08:30:61Z",
        "26-11-20T08:30:00Z",
        "+2026-11-20T08:30:00Z",
        "-2026-11-20T08:30:00Z",
        "12026-11-20T08:30:00Z",
        "\u0662026-11-20T08:30:00Z",
        "2026\u201111\u201120T08:30:00Z",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:30:00+01:00",
        "9999-01-01T00:00:00Z",
        "9998-12-31T23:59:59-01:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_what_is_no_instant_with_a_zone_is_refused(text: str) -> None:
    with pytest.raises(GraphQLError):
        parse_instant(text)


@pytest.mark.parametrize("value", [None, 0, 1.5, True, [], {}, b"2026-11-20T08:30:00Z"])
def test_an_instant_is_a_string(value: object) -> None:
    with pytest.raises(GraphQLError):
        parse_instant(value)


two = st.integers(0, 99).map("{:02}".format) | st.sampled_from(["00", "01", "12", "23", "24", "60", "\u0661\u0662"])
zones = st.sampled_from(["", "Z", "z", " Z"]) | st.builds(
    "{}{}{}{}".format, st.sampled_from("+-"), two, st.sampled_from(":"), two
)
almost = st.builds(
    "{}{}-{}-{}{}{}:{}:{}{}{}".format,
    two,
    two,
    two,
    two,
    st.sampled_from("Tt "),
    two,
    two,
    two,
    st.sampled_from(["", ".", ".5", ".1234567"]),
    zones,
)


@given(st.text(max_size=30) | almost)
@promise(300)
def test_any_text_is_an_instant_that_can_be_printed_or_refused(text: str) -> None:
    try:
        ms = parse_instant(text)
    except GraphQLError:
        return
    assert PRINTED.fullmatch(print_instant(ms))
    assert 0 <= ms <= LAST_MS
