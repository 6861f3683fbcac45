//! The list of what is linked into the program agrees with `Cargo.lock` and `Cargo.toml`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use support::repository;

fn toml(name: &str) -> toml::Table {
    fs::read_to_string(repository().join(name)).unwrap().parse().unwrap()
}

#[test]
fn the_bill_of_materials_is_that_of_the_lock_file() {
    let bill: Value = serde_json::from_slice(&fs::read(repository().join("sbom.cdx.json")).unwrap()).unwrap();
    let told = "; run .ci/sbom and commit sbom.cdx.json";
    let lock = toml("Cargo.lock");
    let mut locked: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        locked.insert((text("name"), text("version")), text("checksum"));
    }
    let components = bill["components"].as_array().unwrap();
    let mut listed = BTreeSet::new();
    for component in components {
        let (name, version) = (component["name"].as_str().unwrap(), component["version"].as_str().unwrap());
        assert_eq!(
            locked.get(&(name, version)).copied(),
            component["hashes"][0]["content"].as_str(),
            "{name} {version}{told}"
        );
        assert!(component["licenses"][0]["expression"].is_string(), "{name} has no licence");
        listed.insert(name);
    }
    for name in toml("Cargo.toml")["dependencies"].as_table().unwrap().keys() {
        assert!(listed.contains(name.as_str()), "{name} is not listed{told}");
    }
    assert_eq!(bill["metadata"]["component"]["version"].as_str(), Some(env!("CARGO_PKG_VERSION")), "{told}");
    // Whatever a listed crate asks for is listed too.
    let known: BTreeSet<&str> = components.iter().map(|of| of["bom-ref"].as_str().unwrap()).collect();
    for dependency in bill["dependencies"].as_array().unwrap() {
        for on in dependency["dependsOn"].as_array().into_iter().flatten() {
            assert!(known.contains(on.as_str().unwrap()), "{on}{told}");
        }
    }
}
