//! `coldkeep codes`: the page of every code, and of what a fix can name. `docs/codes.md` is what it prints.

use crate::{failure::Done, failure::Outcome, print::Out, print::fix};
use coldkeep_api::ProblemDocument;
use coldkeep_core::{
    Code, Problem, System,
    problem::{Allowance, Field, Verb},
};

const HEAD: &str = include_str!("codes/head.md");
const NAMES: &str = include_str!("codes/names.md");

/// Prints the page.
pub fn print(out: &Out) -> Outcome {
    out.text(page().trim_end())?;
    Ok(Done::All)
}

/// The page, in Markdown.
fn page() -> String {
    let mut lines = vec![HEAD.to_owned()];
    lines.push("| code | kind | status | meaning |\n|---|---|--:|---|".to_owned());
    lines.extend(Code::ALL.iter().map(|code| {
        format!(
            "| `{code}` | {} | {} | {} |",
            code.kind().word(),
            statuses(*code),
            code.meaning()
        )
    }));
    lines.push(format!("\n{NAMES}"));
    lines.push("| field | command line | meaning |\n|---|---|---|".to_owned());
    lines.extend(Field::ALL.iter().map(|field| {
        format!(
            "| `{}` | `{}` | {} |",
            field.word(),
            fix::usage(*field),
            field.meaning()
        )
    }));
    lines.push("\n| allowance | command line | meaning |\n|---|---|---|".to_owned());
    lines.extend(Allowance::ALL.iter().map(|allowance| {
        format!(
            "| `{}` | `{}` | {} |",
            allowance.word(),
            fix::allowing(*allowance),
            allowance.meaning()
        )
    }));
    lines.push("\n| action | command line |\n|---|---|".to_owned());
    lines.extend(
        Verb::ALL
            .iter()
            .map(|verb| format!("| `{}` | `{}` |", verb.word(), fix::command_line(&verb.any()))),
    );
    lines.join("\n") + "\n"
}

/// What REST answers; another one where an outside system refused.
fn statuses(code: Code) -> String {
    let problem = Problem::new(code, "", "");
    let ours = ProblemDocument::from(problem.clone()).status;
    let theirs = ProblemDocument::from(problem.in_system(System::default())).status;
    match ours == theirs {
        true => ours.to_string(),
        false => format!("{ours}, {theirs}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_codes_is_in_the_docs() {
        let docs = include_str!("../../../../docs/codes.md");
        assert_eq!(
            docs,
            page(),
            "docs/codes.md is not what `coldkeep codes` prints: run `cargo run -- codes > docs/codes.md`"
        );
    }
}
