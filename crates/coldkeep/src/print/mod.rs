//! Everything that is printed: data on stdout, all else on stderr.

mod doubt;
pub mod fix;
mod human;
mod log;
mod progress;
mod spinner;
mod table;
#[cfg(test)]
mod texts;
mod wrap;

pub use coldkeep_core::size::of_size;
pub use doubt::doubt_words;
pub use human::{count, end_day, lines, plain, when};
pub use log::prepare;
pub use progress::{Progress, watch_run};
pub use spinner::Spinner;
pub use table::Cell;
pub use wrap::fitting;

use crate::{
    cli::{Global, Output},
    failure::{Done, Failure, Outcome},
};
use coldkeep_api::ProblemDocument;
use coldkeep_core::Problem;
use console::Term;
use serde::Serialize;
use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

/// The columns of a terminal; none if a program reads the output.
fn screen(term: &Term) -> Option<usize> {
    let (_, columns) = term.is_term().then(|| term.size_checked())??;
    Some(usize::from(columns).max(20))
}

/// The columns of the terminal on which people are asked.
pub fn asking_screen() -> usize {
    screen(&Term::stderr()).unwrap_or(80)
}

/// A text in lines of at most this many columns; words are never cut.
pub fn in_lines(text: &str, width: usize) -> String {
    let all = text.split('\n').flat_map(|line| wrap::wrap(line, width));
    all.collect::<Vec<_>>().join("\n")
}

/// Where and how a command prints.
#[derive(Debug, Clone)]
pub struct Out {
    format: Output,
    quiet: bool,
}

impl Out {
    pub fn new(global: &Global) -> Self {
        Self {
            format: global.output,
            quiet: global.quiet,
        }
    }

    pub fn format(&self) -> Output {
        self.format
    }

    /// One thing: its REST representation, or lines of what it is for people.
    pub fn one<T: Serialize>(
        &self,
        thing: &T,
        people: impl FnOnce(&T) -> Vec<(&'static str, String)>,
    ) -> Result<(), Failure> {
        match self.format {
            Output::Table => self.text(&table::pairs(people(thing), screen(&Term::stdout()))),
            Output::Json => self.json(thing, true),
            Output::Jsonl => self.json(thing, false),
        }
    }

    /// Many things: an array, one a line, or a table.
    pub fn list<T: Serialize, C: Into<Cell>>(
        &self,
        things: &[T],
        headers: &[&str],
        row: impl Fn(&T) -> Vec<C>,
    ) -> Result<(), Failure> {
        match self.format {
            Output::Table if things.is_empty() => {
                self.remark("None.");
                Ok(())
            }
            Output::Table => {
                let screen = screen(&Term::stdout());
                self.text(&table::table(headers, things.iter().map(row), screen))
            }
            Output::Json => self.json(&things, true),
            Output::Jsonl => things.iter().try_for_each(|thing| self.json(thing, false)),
        }
    }

    /// One JSON document, on several lines or on one.
    pub fn json<T: Serialize>(&self, thing: &T, pretty: bool) -> Result<(), Failure> {
        let text = if pretty {
            serde_json::to_string_pretty(thing)
        } else {
            serde_json::to_string(thing)
        };
        let text = text.map_err(|e| Problem::internal(format!("The output could not be printed ({e})")))?;
        self.text(&human::plain_json(&text))
    }

    /// Data, as it is, with a line end.
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        writeln!(io::stdout().lock(), "{text}").map_err(Failure::from)
    }

    /// Something besides the data, unless --quiet.
    pub fn remark(&self, text: &str) {
        if !self.quiet {
            self.tell(text);
        }
    }

    /// Something besides the data that must be seen to continue, also with --quiet.
    pub fn tell(&self, text: &str) {
        // If stderr is closed, the error cannot be reported.
        let _ = writeln!(io::stderr().lock(), "{}", human::wrapped(&lines(text)));
    }

    /// A question, without a line end.
    pub fn ask(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "{}", lines(text)).and_then(|()| stderr.flush());
    }

    /// A control sequence for the terminal, built here.
    pub fn steer(&self, sequence: &str) {
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "{sequence}").and_then(|()| stderr.flush());
    }

    /// A table beside the data, for people, in every format.
    pub fn table_beside<C: Into<Cell>>(&self, headers: &[&str], rows: impl Iterator<Item = Vec<C>>) {
        let table = table::table(headers, rows, screen(&Term::stderr()));
        let _ = writeln!(io::stderr().lock(), "{table}");
    }

    /// One paragraph about what failed and a hint; in JSON formats the problem itself too.
    pub fn problem(&self, problem: &Problem) {
        self.tell(&plain(&format!("error: {}", problem.said())));
        self.tell(&plain(&format!("hint: {}", fix::hint(problem))));
        if self.format != Output::Table
            && let Ok(json) = serde_json::to_string(&ProblemDocument::from(problem.clone()))
        {
            let _ = writeln!(io::stderr().lock(), "{}", human::plain_json(&json));
        }
    }

    /// Whether progress may be drawn, and redrawn, on stderr.
    pub fn is_live(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Reports how a command ended, and the exit code of the process.
    pub fn finish(&self, outcome: Outcome) -> ExitCode {
        match outcome {
            Ok(Done::All) | Err(Failure::ReaderGone) => ExitCode::SUCCESS,
            Ok(Done::Unwell) => ExitCode::from(1),
            Ok(Done::FailedItems) => ExitCode::from(3),
            Err(Failure::Problem(problem)) => {
                self.problem(&problem);
                ExitCode::from(1)
            }
            Err(Failure::Usage(text)) => {
                self.tell(&plain(&format!("error: {text}")));
                ExitCode::from(2)
            }
        }
    }
}
