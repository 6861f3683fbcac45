//! Feeds that were misread: each ends in a stop that names the cause, in a note that does, or in the true result. And feeds
//! that are merely odd or badly billed: none of them stops.

#![allow(clippy::unwrap_used, clippy::panic, clippy::float_arithmetic, reason = "a test")]

mod support;

#[path = "support/feed.rs"]
mod feed;

use arrow::array::{Array, Int64Array, StringArray};
use arrow::datatypes::DataType;
use assert_cmd::Command;
use feed::{CHARTED_TIMES, Feed, MONEY, at, clock};
use infusion_audit::data_checks::Verdict;
use infusion_audit::error::Error;
use infusion_audit::generate::{ErrorSelection, GenerateOptions, generate};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use support::{options, run};

/// End that a feed must come to.
enum Ends {
    /// Status 3, with these words in the one line, and nothing published.
    Stop(&'static str),
    /// The totals of the shipped sample, to the cent.
    Truth,
    /// A published run whose data note this check.
    Note(&'static str),
}
use Ends::{Note, Stop, Truth};

/// Leakage, overpayment and denial risk of the shipped sample, in cents.
const TRUTH: (i64, i64, i64) = (606_103, 631_796, 1_681_156);

struct Ended {
    status: i32,
    line: String,
    manifest: Option<serde_json::Value>,
    diagnosis: bool,
}

/// Runs the real binary on a feed.
fn audit(feed: &Feed) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut command = Command::cargo_bin("infusion-audit").unwrap();
    command.args(["audit", "--quiet", "--threads", "1", "--out"]).arg(&out).args(feed.write(folder.path()));
    let done = command.output().unwrap();
    let line = String::from_utf8_lossy(&done.stderr).lines().last().unwrap_or_default().to_owned();
    let manifest = std::fs::read(out.join("latest/manifest.json")).ok();
    Ended {
        status: done.status.code().unwrap(),
        line,
        manifest: manifest.map(|text| serde_json::from_slice(&text).unwrap()),
        diagnosis: out.join("diagnosis.html").is_file() && out.join("diagnosis.json").is_file(),
    }
}

fn totals(manifest: &serde_json::Value) -> (i64, i64, i64) {
    let of = |name: &str| manifest["totals"][name].as_i64().unwrap();
    (of("leakage_cents"), of("overpayment_cents"), of("expected_loss_cents"))
}

/// A mistake: its name, what it does to the sample, what the run must end in.
type Mistake = (&'static str, fn(&mut Feed), Ends);

/// Runs every feed of a kind and compares what it ends in.
fn all(kind: &[Mistake]) {
    for (name, change, ends) in kind {
        let mut feed = Feed::sample();
        change(&mut feed);
        let ended = audit(&feed);
        let said = format!("{name}: status {}, {}", ended.status, ended.line);
        match ends {
            Stop(words) => {
                assert_eq!(ended.status, 3, "{said}");
                assert!(ended.line.contains(words), "{said}");
                assert!(ended.line.contains("docs/inputs.md#"), "{said}");
                assert!(ended.manifest.is_none(), "{said}: published");
                assert_eq!(ended.diagnosis, ended.line.contains("failed its checks"), "{said}: no diagnosis");
            }
            Truth => {
                assert_eq!(ended.status, 0, "{said}");
                assert_eq!(totals(ended.manifest.as_ref().unwrap()), TRUTH, "{said}");
            }
            Note(check) => {
                assert_eq!(ended.status, 0, "{said}");
                let manifest = ended.manifest.unwrap();
                let checks = manifest["data"]["checks"].as_array().unwrap();
                let of = checks.iter().find(|of| of["check"] == *check).unwrap();
                assert!(of["verdict"] == "note" && !of["sentence"].as_str().unwrap().is_empty(), "{said}: {of}");
            }
        }
    }
}

fn charted_text(feed: &mut Feed, form: &'static str) {
    for column in CHARTED_TIMES {
        feed.charts().times_as(column, clock(form));
    }
}

#[test]
fn dates_in_other_forms_are_named_or_read() {
    all(&[
        ("as it is", |_| {}, Truth),
        ("US times", |feed| charted_text(feed, "%m/%d/%Y %I:%M %p"), Stop("--date-format mdy")),
        (
            "US times, said",
            |feed| {
                charted_text(feed, "%m/%d/%Y %I:%M %p");
                feed.option(&["--date-format", "mdy"]);
            },
            Truth,
        ),
        ("US dates", |feed| feed.claims().dates_as("service_date", "%m/%d/%Y"), Stop("--date-format mdy")),
        (
            "month names, said",
            |feed| {
                feed.claims().dates_as("service_date", "%d-%b-%Y");
                feed.option(&["--date-format", "service_date=dmony"]);
            },
            Truth,
        ),
        ("month names", |feed| feed.claims().dates_as("service_date", "%d-%b-%Y"), Stop("--date-format dmony")),
        (
            "a pattern of one column",
            |feed| {
                charted_text(feed, "%Y.%m.%d %Hh%M");
                feed.option(&["--date-format", "%Y.%m.%d %Hh%M"]);
            },
            Truth,
        ),
        ("a pattern, not said", |feed| charted_text(feed, "%Y.%m.%d %Hh%M"), Stop("start_time")),
        (
            "integers",
            |feed| {
                feed.claims().dates_as("service_date", "%Y%m%d");
                feed.claims().integers("service_date");
                feed.option(&["--date-format", "service_date=yyyymmdd"]);
            },
            Truth,
        ),
        (
            "integers, not said",
            |feed| {
                feed.claims().dates_as("service_date", "%Y%m%d");
                feed.claims().integers("service_date");
            },
            Stop("`service_date` is an integer"),
        ),
        (
            "the wrong form said",
            |feed| {
                charted_text(feed, "%m/%d/%Y %H:%M");
                feed.option(&["--date-format", "dmy"]);
            },
            Stop("--date-format mdy"),
        ),
        ("dates without times", |feed| charted_text(feed, "%Y-%m-%d"), Stop("dates without a time of day")),
    ]);
}

#[test]
fn words_are_read_in_any_case_and_by_their_synonyms() {
    let ivpb = |feed: &mut Feed| {
        let methods = feed.charts().texts("method");
        let routes = feed.charts().texts("route");
        let word = |(route, method): (&Option<String>, &Option<String>)| match (route.as_deref(), method.as_deref()) {
            (Some("IV"), Some("infusion")) => Some("IVPB".to_owned()),
            (Some("IV"), Some("push")) => Some("IV Push".to_owned()),
            (Some("SC"), _) => Some("SubQ".to_owned()),
            (Some("IM"), _) => Some("Intramuscular".to_owned()),
            (other, _) => other.map(str::to_owned),
        };
        let words: StringArray = routes.iter().zip(&methods).map(word).collect();
        feed.charts().set("route", Arc::new(words));
    };
    let mut feed = Feed::sample();
    ivpb(&mut feed);
    feed.charts().drop("method");
    let ended = audit(&feed);
    assert_eq!(totals(&ended.manifest.unwrap()), TRUTH, "the route says the method");
    all(&[
        (
            "title case",
            |feed| {
                feed.claims().map("payer_type", |word| Some(word[..1].to_uppercase() + &word[1..].replace('_', " ")));
                feed.charts().map("route", |word| Some(word.to_lowercase()));
            },
            Truth,
        ),
        (
            "synonyms",
            |feed| {
                feed.claims().map("payer_type", |word| Some(word.replace("medicare_advantage", "Medicare Part C")));
                feed.claims().map("payer_type", |word| {
                    Some(if word == "medicare" { "Medicare FFS".to_owned() } else { word.to_owned() })
                });
                feed.claims().map("claim_type", |word| {
                    Some(if word == "institutional" { "UB-04" } else { "CMS 1500" }.to_owned())
                });
            },
            Truth,
        ),
        (
            "upper case and spaces",
            |feed| {
                for column in ["method", "device", "purpose", "status", "container"] {
                    feed.charts().map(column, |word| Some(format!(" {} ", word.to_uppercase().replace('_', "-"))));
                }
            },
            Truth,
        ),
        (
            "plan names for payer types",
            |feed| {
                feed.claims()
                    .map("payer_type", |word| Some(if word == "medicare" { "Plan 7" } else { word }.to_owned()))
            },
            Stop("unreadable-rows"),
        ),
        (
            "department words for routes",
            |feed| {
                feed.charts().map("route", |word| Some(if word == "IV" { "Infusion Suite" } else { word }.to_owned()))
            },
            Stop("unreadable-rows"),
        ),
        ("numbers for statuses", |feed| feed.charts().map("status", |_| Some("6".to_owned())), Stop("unreadable-rows")),
        (
            "claim types of another list",
            |feed| feed.claims().map("claim_type", |word| Some(format!("type {}", word.len()))),
            Stop("unreadable-rows"),
        ),
    ]);
}

#[test]
fn codes_modifiers_and_diagnoses_in_other_places() {
    let behind = |feed: &mut Feed| {
        let (codes, modifiers) = (feed.claims().texts("hcpcs"), feed.claims().texts("modifier_1"));
        let both = codes.iter().zip(&modifiers).map(|pair| match pair {
            (Some(code), Some(modifier)) => Some(format!("{code}-{modifier}")),
            (code, _) => code.clone(),
        });
        let both: StringArray = both.collect();
        feed.claims().set("hcpcs", Arc::new(both));
        feed.claims().drop("modifier_1");
    };
    let mut feed = Feed::sample();
    behind(&mut feed);
    assert_eq!(totals(&audit(&feed).manifest.unwrap()), TRUTH, "modifiers behind the code");
    all(&[
        (
            "modifiers in one column",
            |feed| {
                let columns: Vec<Vec<Option<String>>> =
                    (1..=2).map(|at| format!("modifier_{at}")).map(|name| feed.claims().texts(&name)).collect();
                let rows = feed.claims().rows();
                let list = |row: usize| columns.iter().filter_map(|of| of[row].clone()).collect::<Vec<_>>().join(",");
                let lists: StringArray = (0..rows).map(|row| Some(list(row)).filter(|list| !list.is_empty())).collect();
                (1..=4).for_each(|at| feed.claims().drop(&format!("modifier_{at}")));
                feed.claims().set("modifiers", Arc::new(lists));
            },
            Truth,
        ),
        (
            "diagnoses with commas",
            |feed| feed.claims().map("diagnosis_codes", |codes| Some(codes.replace(';', ", "))),
            Truth,
        ),
        ("upper-case columns", |feed| feed.claims().rename_all(str::to_uppercase), Truth),
        ("columns with spaces", |feed| feed.charts().rename_all(|name| name.replace('_', " ")), Truth),
        (
            "line numbers and units as decimals, patients as floats",
            |feed| {
                feed.claims().cast("line_number", &DataType::Decimal128(18, 0));
                feed.claims().cast("units", &DataType::Float64);
            },
            Truth,
        ),
        (
            "codes as integers",
            |feed| {
                feed.claims().map("hcpcs", |code| Some(code.to_owned()).filter(|code| code.parse::<i64>().is_ok()));
                feed.claims().integers("hcpcs");
            },
            Stop("drug-codes"),
        ),
        (
            "codes as floats",
            |feed| {
                feed.claims().map("hcpcs", |code| Some(code.to_owned()).filter(|code| code.parse::<i64>().is_ok()));
                feed.claims().integers("hcpcs");
                feed.claims().scale("hcpcs", 1.0);
            },
            Stop("drug-codes"),
        ),
    ]);
}

#[test]
fn ids_that_do_not_match_and_ids_that_are_numbers() {
    all(&[
        (
            "ids of one side without their letter",
            |feed| feed.claims().map("encounter_id", |id| Some(id[1..].to_owned())),
            Stop("unmatched-rows"),
        ),
        (
            "half of the ids of one side padded",
            |feed| {
                let rows = feed.claims().rows();
                let ids = feed.claims().texts("encounter_id");
                let padded = ids
                    .iter()
                    .enumerate()
                    .map(|(row, id)| id.as_ref().map(|id| if row * 2 > rows { format!("0{id}") } else { id.clone() }));
                let padded: StringArray = padded.collect();
                feed.claims().set("encounter_id", Arc::new(padded));
            },
            Stop("unpaired-months"),
        ),
        (
            "ids that differ, and no encounters table",
            |feed| {
                feed.claims().map("encounter_id", |id| Some(format!("V{}", &id[1..])));
                feed.encounters = None;
            },
            Stop("unpaired-encounters"),
        ),
        (
            "ids of another encounter",
            |feed| {
                let ids: Vec<String> = feed.claims().texts("encounter_id").into_iter().flatten().collect();
                let distinct: Vec<&String> = ids.iter().collect::<BTreeSet<_>>().into_iter().collect();
                let next = |id: &String| {
                    let at = distinct.binary_search(&id).unwrap();
                    distinct[(at + 7) % distinct.len()].clone()
                };
                let moved: StringArray = ids.iter().map(|id| Some(next(id))).collect();
                feed.claims().set("encounter_id", Arc::new(moved));
            },
            Stop("dates-apart"),
        ),
    ]);
    // The same ids as whole decimals, integers and floats: 512 encounters, of which one shares its digits with another.
    for to in [DataType::Int64, DataType::Decimal128(18, 0), DataType::Float64] {
        let mut feed = Feed::sample();
        for table in [&mut feed.claims, &mut feed.flowsheets, &mut feed.encounters].into_iter().flatten() {
            table.map("encounter_id", |id| Some(id.replace(|letter: char| !letter.is_ascii_digit(), "7")));
            table.integers("encounter_id");
            table.cast("encounter_id", &to);
        }
        let ended = audit(&feed);
        assert_eq!(totals(&ended.manifest.unwrap()), TRUTH, "{to}: {}", ended.line);
    }
}

#[test]
fn columns_that_are_missing_or_called_otherwise() {
    all(&[
        ("hcpcs", |feed| feed.claims().rename("hcpcs", "hcpcs_code"), Stop("claim-codes")),
        ("stop_time", |feed| feed.charts().rename("stop_time", "end_time"), Stop("charted-stops")),
        ("start_time", |feed| feed.charts().rename("start_time", "begin"), Stop("charted-starts")),
        ("drug_code", |feed| feed.charts().rename("drug_code", "jcode"), Stop("disagreement")),
        ("dose", |feed| feed.charts().rename("dose", "amount"), Stop("doses")),
        ("dose_unit", |feed| feed.charts().drop("dose_unit"), Stop("doses")),
        (
            "three required ones of two tables",
            |feed| {
                feed.claims().rename("service_date", "dos");
                feed.claims().rename("claim_id", "icn");
                feed.charts().rename("route", "rt");
            },
            Stop("`claim_id`, `service_date` (there: `dos` by its values) are missing; "),
        ),
        (
            "swapped tables",
            |feed| std::mem::swap(&mut feed.claims, &mut feed.flowsheets),
            Stop("has the columns of flowsheets, not of claims"),
        ),
        (
            "only drug lines",
            |feed| {
                let codes = feed.claims().texts("hcpcs");
                feed.claims().keep(|row| codes[row].as_ref().is_some_and(|code| code.starts_with(['J', 'Q'])));
            },
            Stop("administration-codes"),
        ),
        (
            "no drug lines",
            |feed| {
                let codes = feed.claims().texts("hcpcs");
                feed.claims().keep(|row| codes[row].as_ref().is_none_or(|code| !code.starts_with(['J', 'Q', 'C'])));
            },
            Stop("drug-codes"),
        ),
        (
            "drug names as ordered, no codes",
            |feed| {
                feed.charts().map("drug_name", |name| {
                    Some(format!("{} 500 mg in sodium chloride 0.9 % 250 mL IVPB", name.to_uppercase()))
                });
                for column in ["drug_code", "ndc", "substance_class"] {
                    feed.charts().drop(column);
                }
            },
            Stop("charted-drugs"),
        ),
    ]);
    // Every missing column of both tables is in the one line.
    let mut feed = Feed::sample();
    feed.claims().drop("units");
    feed.charts().drop("administration_id");
    feed.charts().rename("route", "RouteOfAdministration");
    let ended = audit(&feed);
    for name in ["`units`", "`administration_id`", "`route`", "`RouteOfAdministration`"] {
        assert!(ended.status == 3 && ended.line.contains(name), "{name}: {}", ended.line);
    }
}

#[test]
fn tables_that_are_empty_partial_or_there_twice() {
    let february = |table: &mut feed::Table, column: &str| {
        let months = table.months(column);
        table.keep(|row| months[row].is_some_and(|(_, month)| month == 2));
    };
    let mut feed = Feed::sample();
    february(feed.claims(), "service_date");
    assert!(audit(&feed).line.contains("unpaired-encounters"), "one month of claims");
    let mut feed = Feed::sample();
    february(feed.charts(), "start_time");
    assert!(audit(&feed).line.contains("unpaired-encounters"), "one month of charts");
    all(&[
        ("claims without rows", |feed| feed.claims().keep(|_| false), Stop("empty-table")),
        ("flowsheets without rows", |feed| feed.charts().keep(|_| false), Stop("empty-table")),
        ("encounters without rows", |feed| feed.encounters.as_mut().unwrap().keep(|_| false), Stop("empty-table")),
        (
            "January left out of the claims",
            |feed| {
                let months = feed.claims().months("service_date");
                feed.claims().keep(|row| months[row].is_none_or(|(_, month)| month != 1));
            },
            Stop("unpaired-"),
        ),
        (
            "claims of another year, of other encounters",
            |feed| {
                feed.claims().shift_days("service_date", -400);
                feed.claims().shift_days("submitted_date", -400);
                feed.claims().map("encounter_id", |id| Some(format!("OLD{id}")));
            },
            Stop("unpaired-encounters"),
        ),
        (
            "the first charted week, billed later",
            |feed| {
                let first = at("2026-03-25 00:00") / 86_400_000;
                let encounters = feed.encounters.as_mut().unwrap();
                let days = encounters.days("start_time");
                encounters.keep(|row| days[row].is_some_and(|day| i64::from(day) >= first));
                let kept: BTreeSet<Option<String>> = encounters.texts("encounter_id").into_iter().collect();
                let ids = feed.charts().texts("encounter_id");
                feed.charts().keep(|row| kept.contains(&ids[row]));
                let ids = feed.claims().texts("encounter_id");
                feed.claims().keep(|row| !kept.contains(&ids[row]));
            },
            Note("empty-table"),
        ),
        (
            "every other chart left out",
            |feed| {
                let ids = feed.charts().texts("encounter_id");
                let odd = |id: &Option<String>| id.as_ref().is_some_and(|id| id.ends_with(['1', '3', '5', '7', '9']));
                feed.charts().keep(|row| odd(&ids[row]));
            },
            Stop("unpaired-encounters"),
        ),
    ]);
}

#[test]
fn the_cause_comes_before_what_follows_from_it() {
    all(&[
        ("codes under another name", |feed| feed.claims().rename("hcpcs", "code"), Stop("published: claim-codes")),
        (
            "encounter ids of another form",
            |feed| feed.claims().map("encounter_id", |id| Some(id[1..].to_owned())),
            Stop("published: unmatched-rows"),
        ),
        ("no rows at all", |feed| feed.claims().keep(|_| false), Stop("published: empty-table")),
        ("units ten times too many", |feed| feed.claims().scale("units", 10.0), Stop("published: unit-scale")),
        (
            "drugs under other names",
            |feed| {
                for column in ["drug_code", "drug_name"] {
                    feed.charts().drop(column);
                }
            },
            Stop("published: unreadable-rows"),
        ),
    ]);
}

#[test]
fn rows_that_are_there_twice_or_are_no_administrations() {
    all(&[
        (
            "claims twice",
            |feed| {
                let rows = feed.claims().rows() as u64;
                feed.claims().take((0..rows).chain(0..rows).collect());
            },
            Stop("duplicate-rows"),
        ),
        (
            "one administration id for all rows of an encounter",
            |feed| {
                let ids = feed.charts().texts("encounter_id");
                feed.charts().set("administration_id", Arc::new(ids.into_iter().collect::<StringArray>()));
            },
            Stop("superseded-rows"),
        ),
        (
            "an action of the MAR a row",
            |feed| {
                let rows = feed.charts().rows() as u64;
                let stops = feed.charts().int64("stop_time");
                let ended: Vec<u64> = (0..rows).filter(|row| stops.is_valid(*row as usize)).collect();
                let (whole, ends) = (rows as usize, ended.len());
                feed.charts().take((0..rows).chain(ended).collect());
                let starts = feed.charts().int64("stop_time");
                feed.charts()
                    .times("start_time", |row, start| if row < whole { start } else { Some(starts.value(row)) });
                feed.charts().times("stop_time", |_, _| None);
                let ids = feed.charts().texts("administration_id");
                let ids: StringArray = ids
                    .iter()
                    .enumerate()
                    .map(|(row, id)| id.as_ref().map(|id| format!("{id}-{}", row / whole)))
                    .collect();
                feed.charts().set("administration_id", Arc::new(ids));
                assert!(ends > 100);
            },
            Stop("charted-stops"),
        ),
        (
            "every claim a void",
            |feed| {
                let rows = feed.claims().rows();
                feed.claims().set("frequency_code", Arc::new(StringArray::from(vec!["8"; rows])));
            },
            Stop("unpaired-encounters"),
        ),
        (
            "a total row without a code for each line",
            |feed| {
                let rows = feed.claims().rows();
                let lines = feed.claims().int64("line_number");
                feed.claims().take((0..rows as u64).chain(0..rows as u64).chain(0..rows as u64).collect());
                let codes = feed.claims().texts("hcpcs");
                let codes: StringArray =
                    codes.into_iter().enumerate().map(|(row, code)| code.filter(|_| row < rows)).collect();
                feed.claims().set("hcpcs", Arc::new(codes));
                let numbers = (0..rows * 3).map(|row| lines.value(row % rows) + (row / rows) as i64 * 100);
                feed.claims().set("line_number", Arc::new(numbers.collect::<Int64Array>()));
            },
            Stop("claim-codes"),
        ),
    ]);
}

#[test]
fn money_units_and_doses_of_another_scale() {
    all(&[
        ("whole dollars", |feed| MONEY.iter().for_each(|column| feed.claims().whole(column)), Stop("--integer-money")),
        (
            "whole dollars called cents",
            |feed| {
                MONEY.iter().for_each(|column| feed.claims().whole(column));
                feed.option(&["--integer-money", "cents"]);
            },
            Stop("money-scale"),
        ),
        (
            "decimals without decimal places",
            |feed| {
                feed.claims().whole("allowed");
                feed.claims().cast("allowed", &DataType::Decimal128(18, 0));
            },
            Stop("--integer-money"),
        ),
        (
            "cents as dollars",
            |feed| MONEY.iter().for_each(|column| feed.claims().scale(column, 100.0)),
            Stop("money-scale"),
        ),
        ("hundredths", |feed| MONEY.iter().for_each(|column| feed.claims().scale(column, 0.01)), Stop("money-scale")),
        ("charges in cents", |feed| feed.claims().scale("charge", 100.0), Stop("money-scale")),
        ("allowed in cents", |feed| feed.claims().scale("allowed", 100.0), Stop("money-scale")),
        (
            "money as text",
            |feed| feed.claims().map("charge", |amount| Some(format!("${amount}"))),
            Stop("`charge` is text"),
        ),
        ("doses a thousand times too large", |feed| feed.charts().scale("dose", 1_000.0), Stop("unit-scale")),
        ("doses a thousandth", |feed| feed.charts().scale("dose", 0.001), Stop("unit-scale")),
        ("units ten times too many", |feed| feed.claims().scale("units", 10.0), Stop("unit-scale")),
        (
            "one unit a line",
            |feed| {
                let rows = feed.claims().rows();
                feed.claims().set("units", Arc::new(Int64Array::from(vec![1; rows])));
            },
            Stop("unit-scale"),
        ),
        ("doses in bags", |feed| feed.charts().map("dose_unit", |_| Some("bag".to_owned())), Stop("doses")),
    ]);
    let mut feed = Feed::sample();
    MONEY.iter().for_each(|column| feed.claims().whole(column));
    feed.option(&["--integer-money", "dollars"]);
    let (leakage, overpayment, _) = totals(&audit(&feed).manifest.unwrap());
    assert_eq!((leakage, overpayment), (TRUTH.0, TRUTH.1), "whole dollars, said");
}

#[test]
fn clocks_and_calendars_that_are_shifted() {
    let third = |feed: &mut Feed, end: &'static str| {
        feed.charts().times("stop_time", |row, stop| stop.map(|stop| if row % 3 == 0 { at(end) } else { stop }));
    };
    let mut feed = Feed::sample();
    third(&mut feed, "2099-12-31T00:00");
    assert!(audit(&feed).line.contains("open-ends"), "open ends in 2099");
    all(&[
        ("charts in UTC", |feed| feed.charts().shift_hours(&CHARTED_TIMES, 6), Stop("dates-apart")),
        ("charts in Tokyo", |feed| feed.charts().shift_hours(&CHARTED_TIMES, 15), Stop("dates-apart")),
        (
            "charts and encounters in UTC",
            |feed| {
                feed.charts().shift_hours(&CHARTED_TIMES, 6);
                feed.encounters.as_mut().unwrap().shift_hours(&["start_time", "end_time"], 6);
            },
            Stop("dates-apart"),
        ),
        (
            "encounters in UTC",
            |feed| feed.encounters.as_mut().unwrap().shift_hours(&["start_time", "end_time"], 6),
            Stop("clock-shift"),
        ),
        ("claims a day late", |feed| feed.claims().shift_days("service_date", 1), Stop("dates-apart")),
        ("claims a year late", |feed| feed.claims().shift_days("service_date", 365), Stop("dates-apart")),
        (
            "claims a century late",
            |feed| feed.claims().shift_days("service_date", 36_525),
            Stop("the dates of one side are shifted"),
        ),
        ("claims of the year 3000", |feed| feed.claims().shift_days("service_date", 356_000), Stop("implausible-date")),
        ("charts a month early", |feed| feed.charts().shift_hours(&CHARTED_TIMES, -720), Stop("dates-apart")),
        (
            "charts of 1900",
            |feed| feed.charts().times("start_time", |_, _| Some(at("1900-01-01T00:00"))),
            Stop("charted-starts"),
        ),
        (
            "starts and stops swapped",
            |feed| {
                let (starts, stops) = (feed.charts().int64("start_time"), feed.charts().int64("stop_time"));
                let either = |one: &Int64Array, other: &Int64Array, row: usize| {
                    let of = if one.is_valid(row) { one } else { other };
                    of.is_valid(row).then(|| of.value(row))
                };
                feed.charts().times("start_time", |row, _| either(&stops, &starts, row));
                feed.charts().times("stop_time", |row, stop| stop.and(either(&starts, &stops, row)));
            },
            Stop("reversed-times"),
        ),
        (
            "one open end of 9999",
            |feed| {
                let first = (0..).find(|row| feed.charts().int64("stop_time").is_valid(*row)).unwrap();
                feed.charts()
                    .times("stop_time", |row, stop| if row == first { Some(at("9999-12-31T00:00")) } else { stop });
            },
            Note("implausible-dates"),
        ),
        (
            "one order that was never closed",
            |feed| {
                let first = (0..).find(|row| feed.charts().int64("stop_time").is_valid(*row)).unwrap();
                feed.charts()
                    .times("stop_time", |row, stop| if row == first { Some(at("2027-01-01T00:00")) } else { stop });
            },
            Note("open-ends"),
        ),
        (
            "one start of 1900",
            |feed| {
                feed.charts()
                    .times("start_time", |row, start| if row == 3 { Some(at("1900-01-01T00:00")) } else { start })
            },
            Note("implausible-dates"),
        ),
    ]);
}

/// The ids of a column with something behind them.
fn with_ending(table: &feed::Table, column: &str, ending: impl Fn(usize) -> &'static str) -> Arc<StringArray> {
    let ids = table.texts(column);
    Arc::new(ids.iter().enumerate().map(|(row, id)| id.as_ref().map(|id| format!("{id}{}", ending(row)))).collect())
}

#[test]
fn rows_and_times_that_were_copied() {
    all(&[
        (
            "charts repeated by a join",
            |feed| {
                let rows = feed.charts().rows();
                feed.charts().take((0..rows as u64).chain(0..rows as u64).collect());
                let ids = with_ending(feed.charts(), "administration_id", |row| if row < rows { "" } else { "-2" });
                feed.charts().set("administration_id", ids);
            },
            Stop("copied-rows"),
        ),
        (
            "claims sent again without a frequency code",
            |feed| {
                let rows = feed.claims().rows();
                feed.claims().take((0..rows as u64).chain(0..rows as u64).collect());
                let ids = with_ending(feed.claims(), "claim_id", |row| if row < rows { "" } else { "B" });
                feed.claims().set("claim_id", ids);
                feed.claims().drop("frequency_code");
                feed.claims().drop("original_claim_id");
            },
            Stop("copied-rows"),
        ),
        (
            "stops are when the row was recorded",
            |feed| {
                let recorded = feed.charts().int64("recorded_time");
                feed.charts().times("stop_time", |row, stop| stop.map(|_| recorded.value(row)));
            },
            Stop("copied-times"),
        ),
        (
            "starts are when it was ordered",
            |feed| {
                let ordered = feed.charts().int64("order_time");
                let of = |row: usize, start| if ordered.is_valid(row) { Some(ordered.value(row)) } else { start };
                feed.charts().times("start_time", of);
            },
            Stop("copied-times"),
        ),
        (
            "every infusion takes an hour",
            |feed| {
                let starts = feed.charts().int64("start_time");
                feed.charts().times("stop_time", |row, stop| stop.map(|_| starts.value(row) + 3_600_000));
            },
            Stop("copied-times"),
        ),
        (
            "stops are the starts",
            |feed| {
                let starts = feed.charts().int64("start_time");
                feed.charts().times("stop_time", |row, stop| stop.map(|_| starts.value(row)));
            },
            Stop("copied-times"),
        ),
    ]);
}

#[test]
fn units_doses_and_amounts_that_are_doubled_or_reversed() {
    all(&[
        ("units doubled", |feed| feed.claims().scale("units", 2.0), Stop("drug-units")),
        ("doses doubled", |feed| feed.charts().scale("dose", 2.0), Stop("drug-units")),
        ("doses halved", |feed| feed.charts().scale("dose", 0.5), Stop("drug-units")),
        (
            "reversals as lines",
            |feed| {
                let rows = feed.claims().rows();
                feed.claims().take((0..rows as u64).chain(0..rows as u64 / 5).collect());
                let ids = with_ending(feed.claims(), "claim_id", |row| if row < rows { "" } else { "R" });
                feed.claims().set("claim_id", ids);
                for column in MONEY {
                    let negative = |row: usize| if row < rows { 1.0 } else { -1.0 };
                    feed.claims().scale_rows(column, negative);
                }
            },
            Stop("negative-amounts"),
        ),
        (
            "one department without claims",
            |feed| {
                let table = feed.encounters.as_ref().unwrap();
                let (ids, departments) = (table.texts("encounter_id"), table.texts("department"));
                let first = departments.iter().flatten().next().unwrap().clone();
                let own: BTreeSet<Option<String>> = ids
                    .into_iter()
                    .zip(departments)
                    .filter(|(_, of)| of.as_ref() == Some(&first))
                    .map(|of| of.0)
                    .collect();
                let claims = feed.claims().texts("encounter_id");
                feed.claims().keep(|row| !own.contains(&claims[row]));
            },
            Stop("unpaired-"),
        ),
    ]);
}

#[test]
fn words_for_no_value_and_times_in_utc_are_read() {
    all(&[
        (
            "NULL, N/A and the like",
            |feed| {
                for (column, word) in [
                    ("access_site", "NULL"),
                    ("bag_id", "nan"),
                    ("lumen", "N/A"),
                    ("drug_code", "None"),
                    ("purpose", "<NA>"),
                ] {
                    let words =
                        feed.charts().texts(column).into_iter().map(|value| value.or_else(|| Some(word.to_owned())));
                    let words: StringArray = words.collect();
                    feed.charts().set(column, Arc::new(words));
                }
                let words = feed
                    .claims()
                    .texts("modifier_1")
                    .into_iter()
                    .map(|value| value.or_else(|| Some("NULL".to_owned())));
                let words: StringArray = words.collect();
                feed.claims().set("modifier_1", Arc::new(words));
            },
            Truth,
        ),
        (
            "UTC without a zone, said",
            |feed| {
                feed.charts().shift_hours(&CHARTED_TIMES, 6);
                feed.encounters.as_mut().unwrap().shift_hours(&["start_time", "end_time"], 6);
                feed.option(&["--time-zone", "Etc/GMT+6", "--utc-times"]);
            },
            Truth,
        ),
        (
            "UTC as text with a Z, said",
            |feed| {
                feed.charts().shift_hours(&CHARTED_TIMES, 6);
                charted_text(feed, "%Y-%m-%dT%H:%M:%SZ");
                feed.option(&["--time-zone", "Etc/GMT+6"]);
            },
            Truth,
        ),
    ]);
}

#[test]
fn a_check_that_is_accepted_is_told_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut feed = Feed::sample();
    feed.claims().scale("charge", 100.0);
    let inputs = feed.write(folder.path());
    let out = folder.path().join("out");
    let audit = |more: &[&str]| {
        let mut command = Command::cargo_bin("infusion-audit").unwrap();
        command.arg("audit").args(&inputs).arg("--out").arg(&out).args(more).output().unwrap()
    };
    let metrics = folder.path().join("metrics.prom");
    let stopped = audit(&["--metrics", &metrics.display().to_string()]);
    assert_eq!(stopped.status.code(), Some(3));
    let said = String::from_utf8_lossy(&stopped.stdout);
    assert!(said.contains("Amounts far from the price tables"), "{said}");
    let gauges = std::fs::read_to_string(&metrics).unwrap();
    assert!(gauges.contains("infusion_audit_data_check{check=\"money-scale\"} 3"), "{gauges}");
    let page = std::fs::read_to_string(out.join("diagnosis.html")).unwrap();
    assert!(page.contains("--accept money-scale") && page.contains("State of the data"), "{page}");
    let diagnosis: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("diagnosis.json")).unwrap()).unwrap();
    assert!(diagnosis["checks"].as_array().unwrap().iter().any(|of| of["verdict"] == "stop"));
    assert!(!out.join("latest").exists() && !out.join("run_log.jsonl").exists(), "nothing is published");

    let accepted = audit(&["--accept", "money-scale", "--xlsx"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", String::from_utf8_lossy(&accepted.stderr));
    assert!(String::from_utf8_lossy(&accepted.stdout).contains("ACCEPTED: Amounts far from the price tables"));
    assert!(!out.join("diagnosis.html").exists(), "the diagnosis of an earlier stop goes");
    let run = out.join("latest");
    for page in ["report.html", "denial_risk.html", "revenue_leakage.html"] {
        let text = std::fs::read_to_string(run.join(page)).unwrap();
        assert!(
            text.contains("accepted: money-scale") && text.contains("accepted beyond their limit (money-scale)"),
            "{page}"
        );
    }
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(run.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["data"]["accepted"], serde_json::json!(["money-scale"]));
    assert_eq!(manifest["options"]["accept"], "money-scale");
    let unknown = audit(&["--accept", "everything"]);
    assert!(
        unknown.status.code() == Some(2) && String::from_utf8_lossy(&unknown.stderr).contains("unpaired-encounters")
    );

    // A limit that a policy lifts stops nothing.
    let policy = folder.path().join("policy.toml");
    std::fs::write(&policy, "[checks]\nmoney-scale = 100\n").unwrap();
    assert_eq!(audit(&["--policy", &policy.display().to_string()]).status.code(), Some(0));
    std::fs::write(&policy, "[checks]\nmoney-scala = 100\n").unwrap();
    let refused = audit(&["--policy", &policy.display().to_string()]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("did you mean `money-scale`"));
}

#[test]
fn check_and_doctor_say_what_the_audit_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut feed = Feed::sample();
    feed.claims().rename("hcpcs", "hcpcs_code");
    let inputs = feed.write(folder.path());
    let out = folder.path().join("out").display().to_string();
    let state = folder.path().join("state").display().to_string();
    let ask = |what: &[&str]| {
        let done = Command::cargo_bin("infusion-audit").unwrap().args(what).args(&inputs).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let (status, said) = ask(&["check"]);
    assert!(status == 3 && said.contains("claim-codes") && said.contains("rows read"), "{said}");
    let (status, said) = ask(&["doctor", "--out", &out, "--state", &state, "--keep", "3"]);
    assert!(
        status == 3 && said.contains("STOPS  data") && said.contains("claim-codes") && said.contains("--state"),
        "{said}"
    );
    assert!(!Path::new(&state).exists(), "doctor makes no state");
    let (status, said) = ask(&[
        "doctor",
        "--out",
        &out,
        "--accept",
        "claim-codes",
        "--accept",
        "unpaired-encounters",
        "--accept",
        "unpaired-months",
        "--accept",
        "drug-codes",
        "--accept",
        "unpaired-groups",
    ]);
    assert!(status == 0 && said.contains("note   data"), "{said}");
}

#[test]
fn files_that_are_not_parquet_are_named_as_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let sample = |table: &str| support::repository().join("sample_data").join(table).display().to_string();
    let audit = |claims: &Path| {
        let mut command = Command::cargo_bin("infusion-audit").unwrap();
        command.args(["audit", "--quiet", "--out"]).arg(folder.path().join("out"));
        command
            .args(["--flowsheets", &sample("flowsheets"), "--encounters", &sample("encounters"), "--claims"])
            .arg(claims);
        let done = command.output().unwrap();
        (done.status.code().unwrap(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    for (name, contents, wanted) in [
        ("a.csv", b"claim_id,line_number,hcpcs\n1,1,96365\n".as_slice(), "is CSV text of 3 columns, not Parquet"),
        ("b.parquet", b"claim_id|line_number\n1|1\n", "is pipe-separated text of 2 columns, not Parquet"),
        ("c.txt", b"ISA*00*          *00*          *ZZ*A~GS*HC~ST*837*0001~", "is an X12 837 file of claims"),
        ("d.xlsx", b"PK\x03\x04aaaa[Content_Types].xml", "is an Excel workbook"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        let (status, line) = audit(&path);
        assert!(status == 3 && line.contains(wanted), "{name}: {line}");
    }
    let (status, line) = audit(&folder.path().join("nowhere"));
    assert!(status == 3 && line.contains("there is no such file or folder"), "{line}");
    let only_csv = folder.path().join("folder");
    std::fs::create_dir(&only_csv).unwrap();
    std::fs::copy(folder.path().join("a.csv"), only_csv.join("claims.csv")).unwrap();
    let (status, line) = audit(&only_csv);
    assert!(status == 3 && line.contains("no Parquet files there, but 1 .csv files"), "{line}");
    // Beside Parquet it is told on the first screen.
    for entry in std::fs::read_dir(sample("claims")).unwrap().flatten() {
        std::fs::copy(entry.path(), only_csv.join(entry.file_name())).unwrap();
    }
    let (status, line) = audit(&only_csv);
    assert_eq!(status, 0, "{line}");
    let text = std::fs::read_to_string(folder.path().join("out/latest/report.html")).unwrap();
    assert!(text.contains("1 .csv files, which nothing reads"));
}

#[test]
fn one_side_alone_is_audited_when_asked_for_and_accuses_nobody() {
    for (side, words) in [("claims", "no claims were given"), ("flowsheets", "no flowsheets were given")] {
        let folder = tempfile::tempdir().unwrap();
        let mut feed = Feed::sample();
        if side == "claims" {
            feed.claims = None
        } else {
            feed.flowsheets = None
        }
        feed.option(&[&format!("--{side}"), "none"]);
        let out = folder.path().join("out");
        let mut command = Command::cargo_bin("infusion-audit").unwrap();
        let done =
            command.args(["audit", "--quiet", "--out"]).arg(&out).args(feed.write(folder.path())).output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        let run = out.join("latest");
        let manifest: serde_json::Value =
            serde_json::from_slice(&std::fs::read(run.join("manifest.json")).unwrap()).unwrap();
        let (leakage, overpayment, _) = totals(&manifest);
        assert_eq!((leakage, overpayment), (0, 0), "{side}");
        assert_eq!(manifest["data"]["not_given"], side);
        for page in ["report.html", "denial_risk.html", "revenue_leakage.html"] {
            let text = std::fs::read_to_string(run.join(page)).unwrap();
            assert!(text.contains(words), "{side}: {page}");
        }
    }
}

/// A feed as the generator makes it.
fn made(folder: &Path, encounters: u64, seed: u64, error_percent: u32) {
    let made = GenerateOptions {
        encounters,
        months: 3,
        seed,
        out: folder.to_owned(),
        errors: ErrorSelection::All,
        error_percent,
        start: "2026-01-01".parse().unwrap(),
    };
    generate(&made).unwrap();
}

/// Fails where a run stops; an empty feed has no results to be wrong about.
fn goes_through(data: &Path, what: &str) {
    let out = tempfile::tempdir().unwrap();
    match run(&options(data, out.path())) {
        Ok(summary) => {
            let stops = summary.manifest.data.checks.iter().filter(|of| of.verdict == Verdict::Stop).count();
            assert_eq!(stops, 0, "{what}");
        }
        Err(cause @ Error::NotBelieved(_)) => panic!("{what}: {cause}"),
        Err(cause) => panic!("{what}: {cause}"),
    }
}

#[test]
fn bad_billing_of_every_kind_and_size_is_believed() {
    // Every error that can be planted, in every encounter: eight times the usual rate and as often as can be.
    for encounters in [1, 2, 3, 5, 8, 13, 21, 40, 80, 160, 400, 1_500] {
        for seed in 0..(if encounters < 100 { 6 } else { 2 }) {
            for error_percent in [12, 100] {
                let data = tempfile::tempdir().unwrap();
                made(data.path(), encounters, seed, error_percent);
                goes_through(
                    data.path(),
                    &format!("{encounters} encounters, seed {seed}, {error_percent} % with an error"),
                );
            }
        }
    }
}

#[test]
fn quiet_days_small_practices_and_lost_months_of_one_of_them_are_believed() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 900, 11, 12);
    let table = |name: &str| {
        let mut paths: Vec<_> =
            std::fs::read_dir(data.path().join(name)).unwrap().flatten().map(|of| of.path()).collect();
        paths.sort();
        let batches: Vec<_> = paths.iter().flat_map(|path| support::read(path)).collect();
        feed::Table(arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap())
    };
    let [claims, charts, encounters] = ["claims", "flowsheets", "encounters"].map(table);
    let departments = encounters.texts("department");
    let ids = encounters.texts("encounter_id");
    let days = encounters.days("start_time");
    let go = |what: &str, wanted: &dyn Fn(usize) -> bool, charted: &dyn Fn(usize) -> bool| {
        let kept: BTreeSet<&String> =
            (0..ids.len()).filter(|row| wanted(*row)).filter_map(|row| ids[row].as_ref()).collect();
        let with_chart: BTreeSet<&String> =
            (0..ids.len()).filter(|row| wanted(*row) && charted(*row)).filter_map(|row| ids[row].as_ref()).collect();
        let only = |of: &feed::Table, ids: &BTreeSet<&String>| {
            let mut of = of.clone();
            let own = of.texts("encounter_id");
            of.keep(|row| own[row].as_ref().is_some_and(|id| ids.contains(id)));
            Some(of)
        };
        let feed = Feed {
            claims: only(&claims, &kept),
            flowsheets: only(&charts, &with_chart),
            encounters: only(&encounters, &kept),
            options: Vec::new(),
        };
        let folder = tempfile::tempdir().unwrap();
        feed.write(folder.path());
        goes_through(folder.path(), what);
    };
    // 1970-01-01 was a Thursday.
    let weekend = |row: usize| days[row].is_some_and(|day| matches!((day + 3).rem_euclid(7), 5 | 6));
    go("no weekends", &|row| !weekend(row), &|_| true);
    let names: BTreeSet<&String> = departments.iter().flatten().collect();
    for name in names {
        let own = |row: usize| departments[row].as_ref() == Some(name);
        go(&format!("{name} alone"), &own, &|_| true);
        let february = |row: usize| encounters.months("start_time")[row].is_some_and(|(_, month)| month == 2);
        go(&format!("{name} charts nothing in a month"), &|_| true, &|row| !(own(row) && february(row)));
    }
    let february = |row: usize| encounters.months("start_time")[row].is_some_and(|(_, month)| month == 2);
    go("a month without charts", &|_| true, &|row| !february(row));
    let first = departments.iter().flatten().next().unwrap().clone();
    let own = |row: usize| departments[row].as_ref() == Some(&first);
    go("an unfinished week", &|row| own(row) && days[row].is_some_and(|day| day % 30 < 7), &|_| true);
}
