//! How a command ends: done, finished with failed items, failed, or not understood.

use coldkeep_core::{Code, Problem};
use std::io;

/// How a command ended that could do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Exit code 0.
    All,
    /// Exit code 3: it ran to its end, but items failed.
    FailedItems,
    /// Exit code 1: its answer is on stdout and names the problem.
    Unwell,
}

/// Why a command ended otherwise.
#[derive(Debug)]
pub enum Failure {
    /// Exit code 1.
    Problem(Box<Problem>),
    /// Exit code 2: the command has to be written differently.
    Usage(String),
    /// The reader of stdout has gone; there is nothing more to print.
    ReaderGone,
}

/// What every command answers.
pub type Outcome = Result<Done, Failure>;

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<io::Error> for Failure {
    /// Of writing to stdout.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        Problem::new(
            Code::DiskFull,
            format!("The output could not be written ({error})"),
            "Free some disk space at its destination.",
        )
        .into()
    }
}
