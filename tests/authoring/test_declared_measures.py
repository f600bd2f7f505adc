"""Measures that are declared wrongly are refused before dbt reads them, in words for their author.

Each refusal has a case that it must catch and a near miss that it must let pass.
"""

from pathlib import Path

import pytest

from ingest.contracts.model import Contract
from orchestration import settings
from orchestration.authoring import declared_measures
from orchestration.authoring.declared_measures import WrongMeasures, refuse_wrong_measures

VISITS = """{% macro measures_of_visits() -%}
    {%- set text -%}
reads: visits
feeds: [cyp_mh]
table: visits
service: team
breakdowns: [sex]
reasons:
  invalid: "nullif(exclusion_reason, 'late')"
  unseen:
    - invalid
    - not_seen: seen_date is null

measures:
  visits:
    dated: seen_date
    excluded: unseen
  seen_in_time:
    dated: seen_date
    excluded: [invalid, {too_old: age_at_visit > @child_last_age}]
    counts: waited_days <= 7
  median_visit:
    excluded: unseen
    quantity: waited_days
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
"""
CATALOGUE = """indicator_id,unit,aggregation,measure,snapshot,fed_by
visits_n,count,sum,visits,newest,cyp_mh
visits_in_time_pct,pct,ratio_of_sums,seen_in_time,newest,cyp_mh
visit_median_days,days,median,median_visit,month,cyp_mh; ccis
visits_planned_n,count,stock,published_only,month,cyp_mh
visits_of_england_n,count,stock,waiting,month,chs_waits
visits_a_plan,rate_per_1000,rate_per_1000,ratio_of,newest,cyp_mh; ccis
"""
RATIOS = """indicator_id,numerator_indicator_id,denominator_indicator_id
visits_a_plan,visits_n,visits_of_england_n
"""
CLOCKS = """clock_id,unit,counting
decision,weeks,after_event
appeal,working days,after_event
phase,months,before_event
"""
CORE = """models:
  - name: visits
    columns:
      - {name: submission_id, data_type: varchar}
      - {name: sender, data_type: varchar}
      - {name: source_row, data_type: bigint}
      - {name: census_date, data_type: date}
      - {name: seen_date, data_type: date}
      - {name: team, data_type: varchar}
      - {name: sex, data_type: varchar}
      - {name: exclusion_reason, data_type: varchar}
      - {name: waited_days, data_type: bigint}
      - {name: age_at_visit, data_type: bigint}
"""


def _project(folder: Path, *changes: tuple[str, str], beside: str = "") -> Path:
    """A small project, of which some words are others."""
    texts = {
        "macros/measures/visits.sql": VISITS,
        "macros/breakdowns.sql": "['sex', 'age_band']",
        "seeds/indicator_catalogue.csv": CATALOGUE,
        "seeds/parameters.csv": "name,value,unit\nchild_last_age,17,years\nvisit_days,91,days\n",
        "seeds/statutory_clocks.csv": CLOCKS,
        "seeds/indicator_ratios.csv": RATIOS,
        "models/core/_visits.yml": CORE,
        "models/int_visit_cases__measured.sql": "{{ measured_cases([measures_of_visits()]) }}",
        "models/int_local_cases__united.sql": "{{ ref('int_visit_cases__measured') }}",
    }
    for old, new in changes:
        assert sum(text.count(old) for text in texts.values()) == 1, old
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    if beside:
        texts["macros/measures/other.sql"] = beside
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


IN_TIME = "    counts: waited_days <= 7\n"
CASES = {
    "a key is misspelt": (
        ("    counts: waited", "    count: waited"),
        ("measure seen_in_time, count:", "no key of a measure", "one of dated, among, excluded"),
    ),
    "a key of a topic is misspelt": (
        ("table: visits", "tables: visits"),
        ("visits.sql, tables:", "one of reads, feeds", "visits.sql, table: missing"),
    ),
    "a key stands twice": (
        (IN_TIME, 2 * IN_TIME),
        ("visits.sql, line 22:", "counts twice"),
    ),
    "a measure stands twice": (
        ("  median_visit:\n", "  visits:\n"),
        ("visits.sql, line 22:", "visits twice"),
    ),
    "a colon ends the text": (
        ("counts: waited_days <= 7", "counts: team = 'a: b'  : c"),
        ("visits.sql, line 21:", "YAML finds", "quotes around text"),
    ),
    "YAML reads another kind": (
        ("counts: waited_days <= 7", "counts: true"),
        ("measure seen_in_time, counts:", "SQL, in quotes where YAML"),
    ),
    "reasons have another form": (
        ("    excluded: unseen\n    quantity", "    excluded: {unseen: [a]}\n    quantity"),
        ("measure median_visit, excluded:", "a list of reasons"),
    ),
    "the macro has another name than its file": (
        ("macro measures_of_visits", "macro measures_of_visit"),
        ("visits.sql:", "the lines around the YAML are not the lines of", "measures_of_visits"),
    ),
    "Jinja stands in the text": (
        ("waited_days <= 7", "waited_days <= {{ 7 }}"),
        ("visits.sql:", "no Jinja between"),
    ),
    "an indicator's measure is declared nowhere": (
        ("published_only", "planned"),
        ("seeds/indicator_catalogue.csv, visits_planned_n, measure: no file declares planned",),
    ),
    "a measure is no indicator's": (
        ("visits_n,count,sum,visits,", "visits_n,count,sum,published_only,"),
        ("measure visits: no indicator uses it", "add the row or remove the measure"),
    ),
    "a ratio has no parts": (
        ("visits_a_plan,visits_n,visits_of_england_n\n", ""),
        ("indicator_ratios.csv, visits_a_plan: it has no row",),
    ),
    "what has parts is no ratio": (
        (",ratio_of,", ",published_only,"),
        ("visits_a_plan: the catalogue does not call it a ratio", "measure is ratio_of"),
    ),
    "a part of a ratio is no count": (
        ("visits_a_plan,visits_n,", "visits_a_plan,visits_in_time_pct,"),
        ("numerator_indicator_id: visits_in_time_pct is no count", "with the unit count"),
    ),
    "a share counts nothing": (
        (IN_TIME, ""),
        ("measure seen_in_time: it has none of", "or counts and adds, and the unit pct"),
    ),
    "a median measures nothing": (
        ("quantity: waited_days", "counts: waited_days > 7"),
        ("measure median_visit: it has counts", "expected quantity, and the unit days or weeks"),
    ),
    "the unit is another than the aggregation's": (
        ("pct,ratio_of_sums", "count,ratio_of_sums"),
        ("measure seen_in_time:", "has aggregation ratio_of_sums and unit count"),
    ),
    "no measure is counted by the aggregation": (
        ("count,sum,", "rate_per_100,rate_per_100,"),
        ("measure visits: visits_n has aggregation rate_per_100", "one that counts cases: sum,"),
    ),
    "what happened in a month has no date": (
        ("visits:\n    dated: seen_date", "visits:\n    among: seen_date > census_date"),
        ("measure visits, dated: it is missing", "visits_n has newest"),
    ),
    "the position of a month has a date": (
        ("    quantity", "    dated: seen_date\n    quantity"),
        ("measure median_visit, dated: it is there", "visit_median_days has month"),
    ),
    "the indicator is fed by others": (
        ("newest,cyp_mh\nvisits_in", "newest,ccis\nvisits_in"),
        ("measure visits: its feeds are cyp_mh", "one that feeds visits_n: ccis"),
    ),
    "no core model has the name": (
        ("reads: visits", "reads: visit"),
        ("visits.sql, reads: visit has no submission_id", "a model of models/core/"),
    ),
    "no figures are counted from a feed": (
        ("feeds: [cyp_mh]", "feeds: [cyp_mh, school_closures]"),
        ("visits.sql, feeds: no figures are counted from school_closures", "flow_look_back_months"),
    ),
    "the model of several feeds does not say whose a row is": (
        ("feeds: [cyp_mh]", "feeds: [cyp_mh, ccis]"),
        ("visits.sql, reads: visits has no feed",),
    ),
    "a column is misspelt": (
        ("counts: waited_days", "counts: waited_day"),
        ("measure seen_in_time, counts:", '"waited_day" not found', "correct the SQL"),
    ),
    "a condition is none": (
        ("counts: waited_days <= 7", "counts: waited_days"),
        ("measure seen_in_time, counts: `waited_days` gives BIGINT", "expected a condition"),
    ),
    "a reason is none": (
        ("not_seen: seen_date is null", "not_seen: seen_date"),
        ("visits.sql, reasons, unseen, not_seen: `seen_date` gives DATE",),
    ),
    "a list of reasons is misspelt": (
        ("[invalid, {too_old", "[invalids, {too_old"),
        ("measure seen_in_time, excluded:", '"invalids" not found'),
    ),
    "a list of reasons leads back to itself": (
        ("  invalid: \"nullif(exclusion_reason, 'late')\"", "  invalid: unseen"),
        ("visits.sql, reasons, invalid: it names unseen", "lists that stand above it"),
    ),
    "a list of reasons hides a column": (
        ("  invalid: \"nullif", "  team: \"nullif"),
        ("visits.sql, reasons, team: visits has a column of this name",),
    ),
    "what is added is written in another form": (
        (IN_TIME, "    adds: waited_days\n"),
        ("seen_in_time, adds: not in the form of the key", "each a column of delivered counts"),
    ),
    "a date is none": (
        ("visits:\n    dated: seen_date", "visits:\n    dated: waited_days"),
        ("measure visits, dated: `waited_days` gives BIGINT", "expected a date"),
    ),
    "a quantity is none": (
        ("quantity: waited_days", "quantity: seen_date"),
        ("measure median_visit, quantity: `seen_date` gives DATE", "expected a number"),
    ),
    "a breakdown is none of the figures": (
        ("breakdowns: [sex]", "breakdowns: [team]"),
        ("visits.sql, breakdowns: no figure is broken down by team", "one of sex"),
    ),
    "a cohort matures after no limit": (
        (IN_TIME, f"{IN_TIME}    mature_after: visit_day\n"),
        ("measure seen_in_time, mature_after: no limit is called visit_day",),
    ),
    "a cohort matures after a number that is none of days": (
        (IN_TIME, f"{IN_TIME}    mature_after: child_last_age\n"),
        ("no limit is called child_last_age", "a parameter in days"),
    ),
    "a cohort matures after a limit in working days": (
        (IN_TIME, f"{IN_TIME}    mature_after: appeal\n"),
        ("no limit is called appeal", "runs so long after its event"),
    ),
    "a cohort matures after a limit before its event": (
        (IN_TIME, f"{IN_TIME}    mature_after: phase\n"),
        ("no limit is called phase",),
    ),
    "a position matures": (
        ("quantity: waited_days", "quantity: waited_days\n    mature_after: visit_days"),
        ("measure median_visit, mature_after: the measure counts a position",),
    ),
    "a position is told within the school year": (
        ("quantity: waited_days", "quantity: waited_days\n    within_school_year: true"),
        ("measure median_visit, within_school_year: the measure counts a position",),
    ),
    "what happened needs no bands of a list": (
        (IN_TIME, f"{IN_TIME}    needs_days: false\n"),
        ("measure seen_in_time, needs_days: the measure counts no position of a list",),
    ),
    "needs_days is a word": (
        ("quantity: waited_days", "quantity: waited_days\n    needs_days: sometimes"),
        ("measure median_visit, needs_days: not in the form of the key", "true or false"),
    ),
    "no model counts the measures": (
        ("[measures_of_visits()]", "[]"),
        ("visits.sql: its measures are counted by no model", "calls measures_of_visits()"),
    ),
    "the model that counts is not united with the others": (
        ("ref('int_visit_cases__measured')", "ref('int_visit_cases__counted')"),
        ("counted by int_visit_cases__measured", "named in int_local_cases__united"),
    ),
    "two columns stand for one": (
        ("quantity: waited_days", "quantity: waited_days, age_at_visit"),
        ("measure median_visit, quantity:", "expected a number"),
    ),
    "a parameter is a word": (
        ("child_last_age,17", "child_last_age,seventeen"),
        ("measure seen_in_time, excluded, too_old: no whole number is called child_last_age",),
    ),
    "nothing stands behind a key": (
        ("    excluded: unseen\n    quantity", "    among:\n    quantity"),
        ("measure median_visit, among: not in the form of the key; expected SQL",),
    ),
    "a parameter is misspelt": (
        ("@child_last_age", "@child_first_age"),
        ("measure seen_in_time, excluded, too_old: no whole number is called child_first_age",),
    ),
}  # fmt: skip
NEAR_MISSES = {
    "nothing is changed": ("table: visits", "table: visits"),
    "a cohort matures after a parameter in days": (
        IN_TIME, f"{IN_TIME}    mature_after: visit_days\n",
    ),
    "a cohort matures after a clock": (IN_TIME, f"{IN_TIME}    mature_after: decision\n"),
    "what happened is told within the school year": (
        IN_TIME, f"{IN_TIME}    within_school_year: true\n",
    ),
    "a position stands beside wrong bands": (
        "quantity: waited_days", "quantity: waited_days\n    needs_days: false",
    ),
    "a comment names a key twice": (IN_TIME, f"    # counts: less\n{IN_TIME}"),
    "a colon stands in quotes": ("counts: waited_days <= 7", "counts: \"team = 'a: b'\""),
    "what YAML reads otherwise stands in quotes": ("counts: waited_days <= 7", 'counts: "true"'),
    "reasons are one condition": (
        "excluded: unseen\n    quantity", "excluded: [{other: team = 'b'}]\n    quantity",
    ),
    "no cases are counted of what is only published": (
        "count,stock,published_only", "gbp,rate,published_only",
    ),
    "the measure of an official series is its own": (
        "stock,waiting,month,chs_waits", "median,wait,newest,chs_waits",
    ),
    "two indicators have one measure": (
        "count,stock,published_only,month", "count,sum,visits,newest",
    ),
    "a mean in weeks is of a quantity": ("days,median,", "weeks,mean,"),
    "a mean may be of a score": ("days,median,", "score,mean,"),
    "a model counts measures of two topics": (
        "[measures_of_visits()]", "[measures_of_calls(), measures_of_visits()]",
    ),
    "an indicator is fed by one more": (
        "newest,cyp_mh\nvisits_in", "newest,ccis; cyp_mh\nvisits_in",
    ),
    "a condition may be null": ("counts: waited_days <= 7", "counts: nullif(team = 'a', true)"),
    "a table depends on the row": (
        "table: visits", "table: {seen: seen_date is not null, due: seen_date is null}",
    ),
    "a list names a list above it": ("    - invalid\n", "    - invalid\n    - invalid\n"),
    "an age is counted on the measure's day": (
        "breakdowns: [sex]", "breakdowns: [sex]\nage: date_diff('year', census_date, event_date)",
    ),
    "a breakdown is an expression": (
        "[sex]", "[{sex: \"if(indicator_service is null, sex, 'M')\"}]",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), CASES.values(), ids=CASES)
def test_a_wrong_measure_is_refused_with_its_place(tmp_path, change, words) -> None:
    with pytest.raises(WrongMeasures) as refused:
        refuse_wrong_measures(_project(tmp_path, change))
    for word in ("; expected ", "What to do: ", *words):
        assert word in str(refused.value)


@pytest.mark.parametrize("change", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_a_measure_that_is_nearly_wrong_passes(tmp_path, change) -> None:
    refuse_wrong_measures(_project(tmp_path, change))


def test_a_share_of_children_says_who_is_counted_once_and_which_are_above_the_line(tmp_path):
    children = ("visits_in_time_pct,pct,ratio_of_sums", "children_pct,pct,distinct_ratio")
    once = (IN_TIME, f"{IN_TIME}    distinct: sender\n")
    refuse_wrong_measures(_project(tmp_path, children, once))
    with pytest.raises(WrongMeasures, match="has counts; expected counts and distinct, and the"):
        refuse_wrong_measures(_project(tmp_path, children))


@pytest.mark.parametrize("aggregation", ["distinct", "rolling12_distinct"])
def test_people_are_counted_once_or_not_at_all(tmp_path, aggregation) -> None:
    people = ("visit_median_days,days,median,", f"people_n,count,{aggregation},")
    refuse_wrong_measures(_project(tmp_path, people, ("quantity: waited_days", "distinct: sender")))
    with pytest.raises(WrongMeasures, match="has quantity; expected distinct, and the unit count"):
        refuse_wrong_measures(_project(tmp_path, people))


def _counts(monkeypatch: pytest.MonkeyPatch, whole: str = "visits_due") -> None:
    """Let the feed of the visits be one of delivered counts."""
    columns = [
        {"name": name, "type": "integer", "between": (0, 99), "required": True, "description": "-"}
        for name in ("visits_done", "visits_due")
    ]
    rule = {"id": "V1", "description": "-", "not_above": ("visits_done", whole)}
    table = {"name": "visits", "description": "One row per team", "key": ["visits_due"]}
    table |= {"columns": columns, "rules": [rule] if whole else []}
    facts = {"feed": "cyp_mh", "title": "-", "kind": "counts", "sender": "-", "source": "-"}
    facts |= {"cadence": "monthly", "effective_from": "2020-01", "formats": ["csv"]}
    contract = Contract.model_validate(facts | {"tables": [table]})
    monkeypatch.setattr(declared_measures, "load_contracts", lambda: (contract,))


ADDED = """reads: stg_cyp_mh__visits
feeds: [cyp_mh]
table: visits
measures:
  visits: {dated: census_date, adds: {numerator: visits_done}}
  seen_in_time:
    dated: census_date
    adds: {numerator: visits_done, denominator: visits_due}
  median_visit: {adds: {numerator: visits_due}}
"""
WRONG_ADDED = {
    "a row counts as one": (
        (", adds: {numerator: visits_done}}", "}"),
        "measure visits, adds: it is missing; expected it, because the contract of cyp_mh",
    ),
    "a share has no denominator": (
        (", denominator: visits_due}", "}"),
        "measure seen_in_time, adds: it has no denominator; expected one for a share",
    ),
    "a count has a denominator": (
        ("{numerator: visits_due}", "{numerator: visits_done, denominator: visits_due}"),
        "measure median_visit, adds: it has a denominator; expected one for a share",
    ),
    "part and whole stand the other way round": (
        ("visits_done, denominator: visits_due", "visits_due, denominator: visits_done"),
        "no rule of the contract holds visits_due against visits_done; expected `not_above:",
    ),
    "a column is misspelt": (
        ("visits: {dated: census_date, adds: {numerator: visits_done}}",
         "visits: {dated: census_date, adds: {numerator: visit_done}}"),
        'measure visits, adds, numerator: `visit_done` gives Binder Error',
    ),
    "a key of it is misspelt": (("denominator:", "base:"), "seen_in_time, adds: not in the form"),
}  # fmt: skip


def _adding(folder: Path, old: str = "", new: str = "") -> Path:
    start, end = VISITS.index("reads:"), VISITS.index("    {%- endset")
    counted = ("days,median,median_visit", "count,stock,median_visit")
    return _project(folder, (VISITS[start:end], ADDED.replace(old, new, 1)), counted)


def test_counts_that_a_sender_counted_are_added_up(tmp_path, monkeypatch) -> None:
    _counts(monkeypatch)
    refuse_wrong_measures(_adding(tmp_path))


def test_rows_that_are_each_a_part_are_added_up_above_the_line_by_a_condition(
    tmp_path, monkeypatch
) -> None:
    _counts(monkeypatch, whole="")
    whole = "adds: {numerator: visits_done, denominator: visits_due}"
    part = "adds: {numerator: visits_done}\n    counts: sender = 'RY7'"
    refuse_wrong_measures(_adding(tmp_path, whole, part))


@pytest.mark.parametrize(("change", "told"), WRONG_ADDED.values(), ids=WRONG_ADDED)
def test_delivered_counts_that_would_add_up_wrongly_are_refused(
    tmp_path, monkeypatch, change, told
) -> None:
    _counts(monkeypatch)
    with pytest.raises(WrongMeasures) as refused:
        refuse_wrong_measures(_adding(tmp_path, *change))
    assert told in str(refused.value)


def test_a_share_may_be_one_of_the_rows_that_hold_counts(tmp_path, monkeypatch) -> None:
    _counts(monkeypatch)
    adds = "adds: {numerator: visits_done, denominator: visits_due}"
    refuse_wrong_measures(_adding(tmp_path, adds, "counts: visits_done > 0"))


def test_a_share_of_delivered_counts_needs_the_rule_of_the_door(tmp_path, monkeypatch) -> None:
    _counts(monkeypatch, whole="")
    with pytest.raises(WrongMeasures, match="seen_in_time, adds: no rule of the contract holds"):
        refuse_wrong_measures(_adding(tmp_path))


def test_numbers_of_rows_of_people_that_a_core_model_works_out_are_added_up(tmp_path) -> None:
    added = "    adds: {numerator: waited_days, denominator: age_at_visit}\n"
    refuse_wrong_measures(_project(tmp_path, (IN_TIME, added)))


def test_a_measure_that_two_files_declare_is_refused(tmp_path) -> None:
    beside = VISITS.replace("measures_of_visits", "measures_of_other")
    with pytest.raises(WrongMeasures, match=r"measure visits: macros/measures/other.sql declares"):
        refuse_wrong_measures(_project(tmp_path, beside=beside))


def test_measures_may_read_a_feed_as_it_is_staged(tmp_path) -> None:
    staged = """reads: stg_cyp_mh__referrals
feeds: [cyp_mh]
table: referrals
measures:
  visits: {dated: first_contact_date}
  seen_in_time: {dated: first_contact_date, counts: sender = service}
  median_visit: {quantity: first_contact_date_age}
"""
    start, end = VISITS.index("reads:"), VISITS.index("    {%- endset")
    refuse_wrong_measures(_project(tmp_path, (VISITS[start:end], staged)))


def test_every_mistake_is_told_at_once(tmp_path) -> None:
    changes = (("counts: waited", "counts: wait"), ("quantity: waited", "quantity: wait"))
    with pytest.raises(WrongMeasures) as refused:
        refuse_wrong_measures(_project(tmp_path, *changes))
    assert len(str(refused.value).splitlines()) == 2


def test_the_measures_of_the_warehouse_are_all_right() -> None:
    refuse_wrong_measures(settings.DBT_PROJECT)


def test_wrong_measures_stop_a_build_before_dbt_reads_them(tmp_path, monkeypatch) -> None:
    from orchestration.run import transform

    project = _project(tmp_path / "project", ("counts: waited", "count: waited"))
    monkeypatch.setattr(transform, "DBT_PROJECT", project)
    monkeypatch.setattr(transform, "_invoke", lambda arguments: pytest.fail("dbt was called"))
    home = settings.Settings(tmp_path / "home", tmp_path / "key", 1)
    home.dbt_target.mkdir(parents=True)
    with pytest.raises(WrongMeasures):
        transform.ensure_manifest(home)
