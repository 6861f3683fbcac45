//! `infusion-audit code [FILE|-]`.

use super::fail;
use crate::error::Error;
use crate::json_lines::code_line;
use crate::policy::PolicySet;
use crate::reference::Reference;
use clap::Args;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Code encounters given as JSON lines: one object in, one line of supported codes out.
///
/// A malformed encounter prints an error on its line, the rest go on, and the exit status is 3.
#[derive(Args)]
pub struct CodeArguments {
    /// JSON lines; `-` or nothing reads standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Policy file on top of the built-in ones; later ones win
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Folder that `infusion-audit reference import` filled; its tables win over the built-in ones
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
}

pub fn run(arguments: &CodeArguments) -> ExitCode {
    let loaded = PolicySet::load(&arguments.policy)
        .map_err(Error::from)
        .and_then(|policies| Ok((policies, Reference::load(arguments.reference.as_deref())?)));
    let (policies, reference) = match loaded {
        Ok(loaded) => loaded,
        Err(cause) => return fail(&cause, cause.exit_code()),
    };
    let input: Box<dyn BufRead> = if arguments.file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        match File::open(&arguments.file) {
            Ok(file) => Box::new(BufReader::new(file)),
            Err(cause) => {
                let cause = Error::unreadable(&arguments.file, cause);
                return fail(&cause, cause.exit_code());
            }
        }
    };
    match code_all(input, &policies, &reference) {
        Ok(malformed) => ExitCode::from(if malformed { 3 } else { 0 }),
        // The reader of our output has gone: nothing is wrong.
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(cause) => fail(&format!("reading or writing JSON lines failed: {cause}; check the input and the disk"), 4),
    }
}

fn code_all(mut input: Box<dyn BufRead>, policies: &PolicySet, reference: &Reference) -> io::Result<bool> {
    let mut output = BufWriter::new(io::stdout().lock());
    let mut any_malformed = false;
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        // Bytes that are not UTF-8 make that encounter malformed, not the file.
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            let (result, malformed) = code_line(text.trim(), policies, reference);
            any_malformed |= malformed;
            serde_json::to_writer(&mut output, &result)?;
            output.write_all(b"\n")?;
        }
        line.clear();
    }
    output.flush()?;
    Ok(any_malformed)
}
