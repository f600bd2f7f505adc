"""Which releases are owed, day by day: each line of a table is a day and what it asks for."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ingest.contracts import contract_for
from ingest.door.senders import Sender
from ingest.store.submissions import Submission
from orchestration.timetable.releases_owed import (
    Made,
    Standing,
    in_words,
    missing_deliveries,
    newest_due,
    owed,
    to_ask,
    wanted,
)

# May 2025: working day 7 is 10 June, working day 12 is 17 June. June: 9 and 16 July.
SEVENTH, TWELFTH = date(2025, 6, 10), date(2025, 6, 17)


def came(
    known_on: date, period: str = "2025-05", number: int = 1, outcome: str = "accepted", **other
) -> Submission:
    """One delivery, of which the id says everything that tells it from another."""
    feed, sender = other.pop("feed", "therapy_ptl"), other.pop("sender", "RY7")
    name = f"{feed} {sender} {period} {number} {outcome}"
    return Submission(
        order=number, feed=feed, sender=sender, period=period, submission_id=name, sequence=number,
        outcome=outcome, known_on=known_on, known_how="receipt", is_synthetic=True,
        files=({"name": "x.csv", "sha256": name},), received_at=f"{known_on}T09:00:00Z", **other,
    )  # fmt: skip


class Warehouse:
    """Deliveries that come on their days, and releases that are made when they are owed."""

    def __init__(self, *deliveries: Submission) -> None:
        self.deliveries, self.made, self.log = list(deliveries), {}, []

    def tick(self, today: date) -> list[str]:
        known = [s for s in self.deliveries if s.known_on <= today]
        asked = owed(known, self.made, today)
        for one in asked:
            revision = int(self.made[one.month].release_id[9:]) if one.month in self.made else 0
            release_id = f"{one.month}/r{revision + 1}"
            self.made[one.month] = Made(release_id, one.is_provisional, one.submissions)
            self.log.append(f"{today} {release_id} {one.kind} {one.as_at}")
        return [one.month for one in asked]

    def days(self, first: date, last: date, off: tuple[date, ...] = ()) -> list[str]:
        for count in range((last - first).days + 1):
            day = first + timedelta(days=count)
            if day not in off:
                for _ in range(4):
                    self.tick(day)
        return self.log


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2025, 6, 9), "2025-04"),
        (SEVENTH, "2025-05"),
        (date(2025, 6, 30), "2025-05"),
        (date(2025, 7, 1), "2025-05"),
        (date(2025, 5, 11), "2025-03"),  # 5 May is a bank holiday: working day 7 is the 12th
        (date(2025, 5, 12), "2025-04"),
        (date(2026, 1, 12), "2025-12"),
        (date(2026, 1, 11), "2025-11"),
    ],
)
def test_a_month_is_due_from_working_day_seven_on(day, due):
    assert newest_due(day) == due


def test_an_ordinary_month_is_released_twice_however_often_one_looks():
    home = Warehouse(came(date(2025, 6, 4)))
    assert home.days(date(2025, 6, 1), date(2025, 7, 8)) == [
        "2025-06-10 2025-05/r1 provisional 2025-06-10",
        "2025-06-17 2025-05/r2 final 2025-06-17",
    ]


def test_a_release_before_the_final_day_is_provisional_as_known_that_day():
    (one,) = owed([came(date(2025, 6, 4))], {}, SEVENTH)
    assert (one.as_at, one.is_provisional, one.kind) == (SEVENTH, True, "provisional")


@pytest.mark.parametrize(
    ("late", "more"),
    [
        # a second sender between the provisional and the final day
        (came(date(2025, 6, 12), sender="RBL"), ["2025-06-12 2025-05/r2 provisional 2025-06-12",
                                                 "2025-06-17 2025-05/r3 final 2025-06-17"]),
        # a correction after the final day
        (came(date(2025, 6, 20), number=2), ["2025-06-17 2025-05/r2 final 2025-06-17",
                                             "2025-06-20 2025-05/r3 final 2025-06-20"]),
        # a refusal is news: the month says what it lacks
        (came(date(2025, 6, 20), number=2, outcome="refused"),
         ["2025-06-17 2025-05/r2 final 2025-06-17", "2025-06-20 2025-05/r3 final 2025-06-20"]),
        # a correction of an older month releases the newest again
        (came(date(2025, 6, 20), "2025-02"), ["2025-06-17 2025-05/r2 final 2025-06-17",
                                              "2025-06-20 2025-05/r3 final 2025-06-20"]),
        # what is held for an unknown sender, the next month's own file and an official edition
        (came(date(2025, 6, 20), number=2, outcome="held"),
         ["2025-06-17 2025-05/r2 final 2025-06-17"]),
        (came(date(2025, 7, 3), "2025-06"), ["2025-06-17 2025-05/r2 final 2025-06-17"]),
        (came(date(2025, 6, 20), feed="nhs_autism"), ["2025-06-17 2025-05/r2 final 2025-06-17"]),
    ],
)  # fmt: skip
def test_the_newest_month_is_released_again_once_when_a_delivery_changes_it(late, more):
    home = Warehouse(came(date(2025, 6, 4)), late)
    assert home.days(date(2025, 6, 1), date(2025, 7, 8))[1:] == more


def test_a_late_file_of_an_early_extract_is_news_although_its_day_of_knowledge_is_old():
    home = Warehouse(came(date(2025, 6, 4)))
    home.days(date(2025, 6, 1), date(2025, 6, 24))
    home.deliveries.append(came(date(2025, 6, 3), sender="RBL"))
    home.days(date(2025, 6, 25), date(2025, 7, 8))
    assert home.log[2:] == ["2025-06-25 2025-05/r3 final 2025-06-17"]


def test_a_duplicate_changes_nothing():
    first = came(date(2025, 6, 4))
    home = Warehouse(first)
    home.days(date(2025, 6, 1), date(2025, 6, 24))
    home.deliveries.append(replace(first, order=9, known_on=date(2025, 6, 25)))
    home.days(date(2025, 6, 25), date(2025, 7, 8))
    assert len(home.log) == 2


@pytest.mark.parametrize(
    ("off", "released"),
    [
        ([SEVENTH], ["2025-06-11 2025-05/r1 provisional 2025-06-11",
                     "2025-06-17 2025-05/r2 final 2025-06-17"]),
        ([date(2025, 6, day) for day in range(9, 19)],
         ["2025-06-19 2025-05/r1 final 2025-06-17"]),
    ],
)  # fmt: skip
def test_a_machine_that_was_off_makes_up_for_it_at_the_next_chance(off, released):
    home = Warehouse(came(date(2025, 6, 4)))
    assert home.days(date(2025, 6, 1), date(2025, 7, 8), tuple(off)) == released


def test_two_months_missed_are_both_released_the_older_first():
    home = Warehouse(came(date(2025, 6, 4)))
    home.days(date(2025, 6, 1), date(2025, 6, 18))
    home.deliveries += [came(date(2025, 9, 1), "2025-06"), came(date(2025, 9, 1), "2025-07")]
    home.days(date(2025, 9, 1), date(2025, 9, 8))
    assert home.log[2:] == [
        "2025-09-01 2025-06/r1 final 2025-09-01",
        "2025-09-01 2025-07/r1 final 2025-09-01",
    ]


def test_a_month_without_any_delivery_is_not_invented_and_the_one_after_it_is_released():
    home = Warehouse(came(date(2025, 6, 4)), came(date(2025, 8, 4), "2025-07"))
    months = [line.split()[1] for line in home.days(date(2025, 6, 1), date(2025, 8, 31))]
    assert months == ["2025-05/r1", "2025-05/r2", "2025-07/r1", "2025-07/r2"]


def test_a_new_folder_begins_with_the_present_month():
    older = [came(date(2025, 6, 4), f"2025-0{month}") for month in range(1, 6)]
    assert Warehouse(*older).tick(SEVENTH) == ["2025-05"]


@pytest.mark.parametrize("made", [{}, {"2024-05": Made("2024-05/r1", False, frozenset("a"))}])
def test_a_demonstration_of_a_year_ago_asks_for_nothing_new(made):
    delivered = came(date(2024, 6, 4), "2024-05")
    if made:
        ids = frozenset([delivered.submission_id])
        made = {"2024-05": replace(made["2024-05"], submissions=ids)}
    assert owed([delivered], made, SEVENTH) == []
    assert owed([], made if not made else {}, SEVENTH) == []


def test_a_withdrawn_release_is_not_made_again():
    """The newest revision counts, whether it stands or not: its content is what was taken back."""
    delivered = came(date(2025, 6, 4))
    taken_back = Made("2025-05/r2", False, frozenset([delivered.submission_id]))
    assert owed([delivered], {"2025-05": taken_back}, date(2025, 6, 20)) == []


def test_a_final_release_made_by_hand_is_not_followed_by_a_provisional_one_of_the_same():
    delivered = came(date(2025, 6, 4))
    made = {"2025-05": Made("2025-05/r1", False, frozenset([delivered.submission_id]))}
    assert owed([delivered], made, SEVENTH) == []


@pytest.mark.parametrize(
    ("standing", "is_asked"),
    [
        (None, True),
        (Standing.FAILED, True),
        (Standing.UNDER_WAY, False),
        (Standing.REFUSED, False),
        (Standing.DONE, False),
        (Standing.STOPPED, False),
    ],
)
def test_a_change_is_asked_for_again_only_after_a_failure_of_the_machine(standing, is_asked):
    (one,) = owed([came(date(2025, 6, 4))], {}, SEVENTH)
    runs = {one.change: standing} if standing else {}
    assert bool(to_ask([one], runs)) == is_asked


def test_what_was_refused_is_asked_for_again_when_a_delivery_changes_it():
    (one,) = owed([came(date(2025, 6, 4))], {}, SEVENTH)
    again = owed([came(date(2025, 6, 4)), came(SEVENTH, number=2)], {}, SEVENTH)
    assert to_ask(again, {one.change: Standing.REFUSED}) == again


@pytest.mark.parametrize(
    ("may", "is_owed"),
    [
        (None, True),
        (Made("2025-05/r1", True, frozenset({"therapy_ptl RY7 2025-05 1 accepted"})), True),
        (Made("2025-05/r1", False, frozenset({"therapy_ptl RY7 2025-05 1 accepted"})), False),
        (Made("2025-05/r1", False, frozenset()), False),
    ],
)
def test_a_month_that_failed_while_the_next_one_was_released_is_made_up_for(may, is_owed):
    """An older month that is final is left as it is: its corrections come with the newest."""
    delivered = [came(date(2025, 6, 4)), came(date(2025, 7, 4), "2025-06")]
    ids = frozenset(one.submission_id for one in delivered)
    made = {"2025-04": Made("2025-04/r1", False, frozenset())}
    made |= {"2025-06": Made("2025-06/r1", False, ids)} | ({"2025-05": may} if may else {})
    asked = owed(delivered, made, date(2025, 7, 20))
    assert [(one.month, one.kind) for one in asked] == [("2025-05", "final")] * is_owed


def test_what_was_left_unreleased_more_than_half_a_year_ago_is_left_so():
    delivered = [came(date(2025, 6, 4)), came(date(2026, 1, 6), "2025-12")]
    ids = frozenset(one.submission_id for one in delivered)
    made = {"2025-04": Made("2025-04/r1", False, frozenset())}
    made["2025-12"] = Made("2025-12/r1", False, ids)
    assert owed(delivered, made, date(2026, 1, 25)) == []


def test_deliveries_that_come_back_after_others_are_a_change_again():
    delivered = [came(date(2025, 6, 4))]
    made = {"2025-05": Made("2025-05/r2", False, frozenset({"another"}))}
    (again,) = owed(delivered, made, date(2025, 6, 20))
    (first,) = owed(delivered, {}, date(2025, 6, 20))
    assert to_ask([again], {first.change: Standing.DONE}) == [again]


def test_another_day_alone_is_no_change():
    delivered = [came(date(2025, 6, 4))]
    tuesday, friday = (wanted(delivered, "2025-05", date(2025, 6, day)) for day in (10, 13))
    assert tuesday.change == friday.change
    assert wanted(delivered, "2025-05", TWELFTH).change != tuesday.change


@pytest.mark.parametrize(
    ("today", "made", "words"),
    [
        (date(2025, 6, 12), {"2025-05": Made("2025-05/r1", True, frozenset())},
         "2025-05/r1 (provisional) stands. Next: 2025-05 finally on 17 June 2025, earlier if a "
         "delivery changes it."),
        (date(2025, 6, 20), {"2025-05": Made("2025-05/r2", False, frozenset())},
         "2025-05/r2 (final) stands. Next: 2025-06 provisionally on 9 July 2025; a delivery that "
         "changes the newest month releases it again."),
        (date(2025, 6, 20), {},
         "no delivery has come for 2025-05, which is owed once one comes. Next: 2025-06 "
         "provisionally on 9 July 2025; a delivery that changes the newest month releases it "
         "again."),
    ],
)  # fmt: skip
def test_a_look_that_asks_for_nothing_says_what_stands_and_what_comes_next(today, made, words):
    assert in_words([], made, {}, today) == words


def test_a_look_says_what_became_of_the_run_that_it_waits_for():
    (one,) = owed([came(date(2025, 6, 4))], {}, SEVENTH)
    said = in_words([came(date(2025, 6, 4))], {}, {one: Standing.REFUSED}, SEVENTH)
    assert said.startswith("2025-05 (provisional) was refused and waits until a delivery")


SENDERS = [Sender("therapy_ptl", code, code, "", "") for code in ("RY7", "RBL")]
APRIL = [came(date(2025, 5, 4), "2025-04"), came(date(2025, 5, 4), "2025-04", sender="RBL")]


@pytest.mark.parametrize(
    ("deliveries", "missing", "never"),
    [
        (APRIL, ("RBL", "RY7"), 0),
        ([*APRIL, came(date(2025, 6, 4))], ("RBL",), 0),
        ([*APRIL, came(date(2025, 6, 4), outcome="refused")], ("RBL",), 0),
        ([*APRIL, came(date(2025, 6, 4)), came(date(2025, 6, 4), sender="RBL")], (), 0),
        (APRIL[:1], ("RY7",), 1),  # RBL has never delivered: nobody is asked each month
        ([*APRIL[:1], came(date(2025, 6, 4))], (), 1),
        ([came(date(2024, 11, 4), "2024-10")], (), 0),  # nothing for half a year: not in use
        ([], (), 0),
    ],
)
def test_who_has_delivered_before_and_not_a_month_is_missing_where_the_folder_is_in_use(
    deliveries, missing, never
):
    found = missing_deliveries(deliveries, SENDERS, "2025-05")
    senders = tuple(sender for _, sender in found.places) if found else ()
    assert (senders, len(found.never) if found else 0) == (missing, never)


@pytest.mark.parametrize(
    ("month", "is_missing"),
    [("2025-05", True), ("2025-06", False), ("2025-10", True), ("2025-01", False)],
)
def test_a_termly_file_is_missing_for_a_month_that_is_due_under_its_contract_and_for_no_other(
    monkeypatch, month, is_missing
):
    """Due for January, May and October, by a contract that began in February."""
    termly = contract_for("therapy_ptl", "2025-05").model_copy(
        update={"due_months": (1, 5, 10), "effective_from": "2025-02"}
    )
    monkeypatch.setattr("ingest.contracts.model.load_contracts", lambda: (termly,))
    before = [came(date(2025, 1, 4), period) for period in ("2024-12", "2025-03", "2025-09")]
    found = missing_deliveries(before, SENDERS[:1], month)
    assert (found is not None) is is_missing


def test_an_invented_sender_and_one_whose_months_are_over_owe_nothing():
    senders = [replace(SENDERS[0], is_invented=True), replace(SENDERS[1], last_month="2025-04")]
    assert missing_deliveries(APRIL, senders, "2025-05") is None
