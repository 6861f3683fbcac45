//! The boundaries at which bytes of strangers come in. Each takes any bytes and ends with a result or a refusal; a panic is a
//! fault. The fuzz targets and the tests call the same ones.

use arrow::array::RecordBatch;
use infusion_audit::error::Error;
use infusion_audit::import::{self, ImportOptions, Kind};
use infusion_audit::json_lines::code_line;
use infusion_audit::policy::PolicySet;
use infusion_audit::reference::Reference;
use infusion_audit::scan::open_all;
use infusion_audit::schema::{DecodeOptions, Decoder, Table};
use std::path::PathBuf;
use std::sync::LazyLock;

/// A place for the bytes that must be a file.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));

static BUILT_IN: LazyLock<(PolicySet, Reference)> = LazyLock::new(|| {
    (PolicySet::built_in().expect("built-in policies"), Reference::built_in().expect("built-in tables"))
});

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let thread = format!("{:?}", std::thread::current().id());
    let path = FOLDER.path().join(format!("{thread}-{name}"));
    std::fs::write(&path, bytes).expect("room in the temporary folder");
    path
}

/// A Parquet file as each of the three tables: footer, columns, every row group decoded and validated.
pub fn parquet(bytes: &[u8]) {
    let path = file("input.parquet", bytes);
    for table in Table::ALL {
        let options = DecodeOptions::default();
        let told = open_all(&[(table, path.clone())], &options).and_then(|inputs| {
            let Some(input) = inputs.first() else { return Ok(()) };
            let mut decoder = Decoder::new(table.contract(), &options);
            for task in input.tasks(0) {
                let mut row = task.first_row;
                let each = |batch: RecordBatch| {
                    decoder.decode(&batch, row)?;
                    row += batch.num_rows() as u64;
                    Ok::<(), Error>(())
                };
                input.read(task.row_group, |_| true, each)?;
            }
            Ok(())
        });
        if let Err(cause) = told {
            assert_eq!(cause.exit_code(), 3, "{cause}");
        }
    }
}

/// One line of the single-encounter format.
pub fn json_lines(bytes: &[u8]) {
    let (policies, reference) = &*BUILT_IN;
    let (answer, _) = code_line(&String::from_utf8_lossy(bytes), policies, reference);
    assert!(answer.is_object());
}

/// A policy file on top of the built-in ones.
pub fn policy(bytes: &[u8]) {
    if let Err(cause) = PolicySet::load(&[file("policy.toml", bytes)]) {
        assert_eq!(cause.to_string().lines().count(), 1, "{cause}");
    }
}

/// A payer's or CMS' file as the kind that the first byte says.
pub fn reference(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let kind = Kind::ALL[usize::from(*kind) % Kind::ALL.len()];
    let options = ImportOptions {
        effective_from: "2026-01-01".parse().ok(),
        effective_to: None,
        payer: Some("ACME".to_owned()),
        conversion_factor: None,
    };
    let _ = import::read(kind, "file.csv", bytes, &options);
}
