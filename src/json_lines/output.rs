//! Writes one coded encounter.

use crate::coding::{Coded, CodedLine};
use crate::model::Encounter;
use serde_json::{Value, json};

/// The JSON of a coded encounter, as the single-encounter format defines it.
#[must_use]
pub fn coded(encounter: &Encounter<'_>, coded: &Coded) -> Value {
    let id = |row: u32| encounter.administrations.get(row as usize).map_or("", |row| row.administration_id);
    let lines: Vec<Value> = coded.lines.iter().map(|one| line(coded, one, id)).collect();
    let not_billed: Vec<Value> = coded
        .not_billed
        .iter()
        .map(|one| json!({"administration_id": id(one.administration), "reason": one.reason}))
        .collect();
    let flags: Vec<Value> =
        coded.flags.iter().map(|one| json!({"administration_id": id(one.administration), "flag": one.flag})).collect();
    json!({
        "encounter_id": encounter.encounter_id,
        "setting": coded.setting.as_str(),
        "lines": lines,
        "not_billed": not_billed,
        "flags": flags,
    })
}

fn line<'e>(coded: &Coded, line: &CodedLine, id: impl Fn(u32) -> &'e str) -> Value {
    let mut ids: Vec<&str> = line.administrations.iter().map(|&row| id(row)).collect();
    ids.dedup();
    json!({
        "kind": line.kind.as_str(),
        "code": line.code.as_str(),
        "modifiers": line.modifiers.iter().map(|modifier| modifier.to_string()).collect::<Vec<_>>(),
        "units": line.units,
        "service_date": line.service_date.map(|date| date.to_string()),
        "access_site": line.site.and_then(|site| coded.sites.get(usize::from(site))),
        "administration_ids": ids,
        "reason": line.reason.to_string(),
    })
}
