//! What to do about a problem: a sentence that names fields, allowances and actions as data, so that a terminal shows flags
//! and commands, a page links, and REST neither.

use super::{Action, Allowance, Field};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One sentence (or a few that belong together) about what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fix(pub Vec<Piece>);

/// A part of such a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    Text(String),
    /// The name of what can be given.
    Field(Field),
    /// A field, and the value to give it.
    Set(Setting),
    /// What is refused unless it is allowed on purpose.
    Allow(Allowance),
    /// What can be done.
    Action(Action),
}

/// A field with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub field: Field,
    pub value: String,
}

/// A sentence of pieces: `fix!["Create it, or correct ", Field::Container, "."]`.
#[macro_export]
macro_rules! fix {
    ($($piece:expr),+ $(,)?) => {
        $crate::problem::Fix(vec![$($crate::problem::Piece::from($piece)),+])
    };
}

impl Fix {
    /// The sentence, with every piece that is not text rendered by `word`.
    pub fn written(&self, word: impl Fn(&Piece) -> String) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                other => word(other),
            })
            .collect()
    }

    /// The allowance that this sentence names.
    pub fn allowances(&self) -> impl Iterator<Item = Allowance> + '_ {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Allow(allowance) => Some(*allowance),
            _ => None,
        })
    }

    /// The fields it names, those of its actions included.
    pub fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        self.0.iter().flat_map(|piece| match piece {
            Piece::Field(field) => vec![*field],
            Piece::Set(setting) => vec![setting.field],
            Piece::Action(action) => action.fields(),
            Piece::Text(_) | Piece::Allow(_) => Vec::new(),
        })
    }

    /// The actions it names.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Action(action) => Some(action),
            _ => None,
        })
    }

    /// The sentence followed by another one.
    #[must_use]
    pub fn then(mut self, more: impl Into<Fix>) -> Self {
        self.0.push(Piece::from(" "));
        self.0.extend(more.into().0);
        self
    }
}

/// In words that fit every surface: a field by its name in REST, an action described. For logs, and for REST's `hint`.
impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| piece.fmt(f))
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Field(field) => write!(f, "`{}`", field.word()),
            Self::Set(setting) => setting.fmt(f),
            Self::Allow(allowance) => write!(f, "`{}`", allowance.word()),
            Self::Action(action) => action.fmt(f),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` `{}`", self.field.word(), self.value)
    }
}

impl From<&str> for Piece {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Field> for Piece {
    fn from(field: Field) -> Self {
        Self::Field(field)
    }
}

impl From<Setting> for Piece {
    fn from(setting: Setting) -> Self {
        Self::Set(setting)
    }
}

impl From<Allowance> for Piece {
    fn from(allowance: Allowance) -> Self {
        Self::Allow(allowance)
    }
}

impl From<Action> for Piece {
    fn from(action: Action) -> Self {
        Self::Action(action)
    }
}

/// A sentence that names nothing.
impl From<&str> for Fix {
    fn from(text: &str) -> Self {
        Self(vec![text.into()])
    }
}

impl From<String> for Fix {
    fn from(text: String) -> Self {
        Self(vec![text.into()])
    }
}
