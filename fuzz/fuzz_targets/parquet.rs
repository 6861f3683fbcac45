#![no_main]

#[path = "../entries.rs"]
#[allow(dead_code, reason = "each target uses its own entry")]
mod entries;

libfuzzer_sys::fuzz_target!(init: infusion_audit::guard::quiet_panics(), |bytes: &[u8]| entries::parquet(bytes));
