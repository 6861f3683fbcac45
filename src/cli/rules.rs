//! `infusion-audit rules [list|show CODE]`.

use super::fail;
use crate::rules::{self, RuleInfo};
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// List the rules, or show one's page.
#[derive(Args)]
pub struct RulesArguments {
    #[command(subcommand)]
    command: Option<RulesCommand>,
}

#[derive(Subcommand)]
enum RulesCommand {
    /// Every rule, one a line
    List,
    /// One rule's page: what it checks, why, what to do
    Show {
        /// A code such as IA-H01 or H01, or a name such as hydration-billed-as-initial
        code: String,
    },
}

/// True if `wanted` is the rule's code, with or without `IA-`, or its name, with any separators and case.
fn is_meant(info: &RuleInfo, wanted: &str) -> bool {
    let short = info.code.strip_prefix("IA-").unwrap_or(info.code);
    let name = wanted.to_lowercase().replace(['_', ' '], "-");
    [info.code, short].iter().any(|code| code.eq_ignore_ascii_case(wanted)) || info.name == name
}

pub fn run(arguments: &RulesArguments) -> ExitCode {
    match &arguments.command {
        None | Some(RulesCommand::List) => {
            for info in rules::all() {
                say!(
                    "{}  {:<32} {:<13} {:<7} {}",
                    info.code,
                    info.name,
                    info.direction.as_str(),
                    info.severity.as_str(),
                    info.owner.as_str()
                );
            }
            ExitCode::SUCCESS
        }
        Some(RulesCommand::Show { code }) => {
            let wanted = code.trim();
            match rules::all().find(|info| is_meant(info, wanted)) {
                Some(info) => {
                    say!("{}", info.page.trim_end());
                    let rule = rules::RULES.iter().find(|rule| std::ptr::eq(rule.info(), info));
                    let needs: Vec<String> =
                        rule.map(|rule| rule.needs().iter().map(|need| need.describe()).collect()).unwrap_or_default();
                    if !needs.is_empty() {
                        say!("\nNeeds {}; without, the rule does not run and the manifest says so.", needs.join(", "));
                    }
                    ExitCode::SUCCESS
                }
                None => fail(&format!("no rule `{wanted}`; `infusion-audit rules list` names them all"), 2),
            }
        }
    }
}
