//! What an administrator reads when something fails: what failed, in which system, and what to do next. Everything that another
//! program or surface decides on is data: the code, and what the fixes name.

mod action;
mod code;
mod field;
mod fix;
mod system;

pub use action::{Action, Argument, Verb};
pub use code::{Code, Kind};
pub use field::{Allowance, Field};
pub use fix::{Fix, Piece, Setting};
pub use system::{Challenge, System};

use serde::{Deserialize, Serialize};
use std::fmt;

/// A failure for a person: one paragraph with what failed, where, and what to do next. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Document")]
#[non_exhaustive]
pub struct Problem {
    /// What sort of failure; always the code's.
    pub kind: Kind,
    pub code: Code,
    /// What failed, as a sentence without its full stop: "The container `backups` does not exist".
    pub what: String,
    /// Who refused, and under which request id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// What to do next; never empty.
    pub fix: Vec<Fix>,
    /// Where it passes once the person signs in again, asking for this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Box<Challenge>>,
}

/// A problem as it is read: only its code determines its kind.
#[derive(Deserialize)]
struct Document {
    code: Code,
    what: String,
    #[serde(default)]
    system: Option<System>,
    fix: Vec<Fix>,
    #[serde(default)]
    challenge: Option<Box<Challenge>>,
}

impl From<Document> for Problem {
    fn from(document: Document) -> Self {
        Self {
            kind: document.code.kind(),
            code: document.code,
            what: document.what,
            system: document.system,
            fix: document.fix,
            challenge: document.challenge,
        }
    }
}

/// What every defect asks for.
const REPORT: &str = "This is a defect of Coldkeep; please report it with what you did.";

impl Problem {
    /// A problem that no outside system reported; its code determines its kind.
    pub fn new(code: Code, what: impl Into<String>, fix: impl Into<Fix>) -> Self {
        Self {
            kind: code.kind(),
            code,
            what: what.into(),
            system: None,
            fix: vec![fix.into()],
            challenge: None,
        }
    }

    /// A defect of Coldkeep, with a request to report it.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::new(Code::InternalError, what, REPORT)
    }

    /// Names the system that refused.
    #[must_use]
    pub fn in_system(mut self, system: System) -> Self {
        self.system = Some(system);
        self
    }

    /// It passes once the person signs in again and asks for this.
    #[must_use]
    pub fn with_challenge(mut self, challenge: Option<Challenge>) -> Self {
        self.challenge = challenge.map(Box::new);
        self
    }

    /// Adds the object that failed before what happened: `context("The source `m365` cannot be read")`.
    #[must_use]
    pub fn context(mut self, what: impl fmt::Display) -> Self {
        self.what = format!("{what}: {}", self.what);
        self
    }

    /// Replaces what to do by something better.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<Fix>) -> Self {
        self.fix = vec![fix.into()];
        self
    }

    /// Adds another step, or another fact, to the fix.
    #[must_use]
    pub fn also(mut self, fix: impl Into<Fix>) -> Self {
        self.fix.push(fix.into());
        self
    }

    /// What to do next, in words that fit every surface.
    pub fn hint(&self) -> String {
        self.fix_written(Piece::to_string)
    }

    /// What to do next, with every piece that is not text rendered by `word`.
    pub fn fix_written(&self, word: impl Fn(&Piece) -> String) -> String {
        let sentences: Vec<String> = self.fix.iter().map(|fix| fix.written(&word)).collect();
        sentences.join(" ")
    }

    /// What would have to be allowed for it to pass.
    pub fn allowances(&self) -> impl Iterator<Item = Allowance> + '_ {
        self.fix.iter().flat_map(Fix::allowances)
    }

    /// Whether what to do names this field.
    pub fn names(&self, field: Field) -> bool {
        self.fix.iter().flat_map(Fix::fields).any(|named| named == field)
    }

    /// Whether what to do is, or may be, this action.
    pub fn suggests(&self, verb: Verb) -> bool {
        self.fix
            .iter()
            .flat_map(Fix::actions)
            .any(|action| action.verb == verb)
    }

    /// What failed, and in which system: everything but what to do.
    pub fn said(&self) -> String {
        let what = self.what.trim_end_matches('.');
        match &self.system {
            Some(system) => format!("{what}. {}.", system.sentence()),
            None => format!("{what}."),
        }
    }
}

/// For logs; a surface for people shows fields and actions in its own way.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.said(), self.hint())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix;

    fn problem() -> Problem {
        Problem::new(
            Code::ContainerNotFound,
            "The container `backups` does not exist",
            fix!["Create it, or correct ", Field::Container, "."],
        )
        .in_system(System {
            name: "Azure Blob Storage (account north)".into(),
            status: Some(404),
            code: Some("ContainerNotFound".into()),
            request_id: Some("6f1c".into()),
            message: Some("The specified container does not exist.".into()),
            ..System::default()
        })
        .also(fix![
            "Or choose another one: ",
            Verb::RepositoryEdit.of("north").with(Field::Tier.set("cold")),
            ". It is refused without ",
            Allowance::WideScope,
            "."
        ])
    }

    #[test]
    fn a_problem_reads_as_one_paragraph() {
        assert_eq!(
            problem().to_string(),
            "The container `backups` does not exist. Azure Blob Storage (account north) answered 404 \
             ContainerNotFound (request id 6f1c): The specified container does not exist. Create it, or correct \
             `container`. Or choose another one: edit the repository `north` with `tier` `cold`. It is refused without \
             `allow_wide_scope`."
        );
    }

    #[test]
    fn what_a_fix_names_is_data() {
        let problem = problem();
        assert!(problem.names(Field::Container) && problem.names(Field::Tier));
        assert!(!problem.names(Field::Name));
        assert_eq!(problem.allowances().collect::<Vec<_>>(), [Allowance::WideScope]);
        let json = serde_json::to_value(&problem.fix).unwrap();
        assert_eq!(
            json[0],
            serde_json::json!([{"text": "Create it, or correct "}, {"field": "container"}, {"text": "."}])
        );
        assert_eq!(
            json[1][1],
            serde_json::json!({"action": {"verb": "repository_edit", "name": "north",
                "with": [{"set": {"field": "tier", "value": "cold"}}]}})
        );
        let back: Problem = serde_json::from_value(serde_json::to_value(&problem).unwrap()).unwrap();
        assert_eq!(back, problem);
    }

    #[test]
    fn the_code_alone_says_what_kind_it_is() {
        let mut json = serde_json::to_value(problem()).unwrap();
        json["kind"] = "internal".into();
        let read: Problem = serde_json::from_value(json).unwrap();
        assert_eq!(read.kind, Kind::NotFound);
    }

    #[test]
    fn words_are_what_json_has() {
        for field in Field::ALL {
            assert_eq!(serde_json::to_value(field).unwrap(), field.word());
        }
        for verb in Verb::ALL {
            assert_eq!(serde_json::to_value(verb).unwrap(), verb.word());
        }
        for allowance in Allowance::ALL {
            assert_eq!(serde_json::to_value(allowance).unwrap(), allowance.word());
        }
    }
}
