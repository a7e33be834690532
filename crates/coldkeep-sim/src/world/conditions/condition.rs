//! A condition as it was written, its meaning, and the facts that it is evaluated with.

use super::{evaluate, parse};
use crate::world::role::Permission;
use serde::{Deserialize, Serialize};

/// The only version there is.
pub const VERSION: &str = "2.0";

/// A condition as it was written, and its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Condition {
    text: String,
    expression: Expression,
}

/// The meaning of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// The action asked for matches a pattern.
    Action(String),
    SubOperation(SubOperation),
    Exists(Attribute),
    Compare {
        attribute: Attribute,
        comparison: Comparison,
        values: Vec<Value>,
        /// Whether it has to hold for all values, not for one.
        for_all: bool,
    },
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// What else a request does beside its action
/// (<https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes#suboperations>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubOperation {
    List,
    WriteTier,
    WriteWithTags,
    ReadWithTagConditions,
}

/// What can be compared
/// (<https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes#azure-blob-storage-attributes>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    Account,
    HasDirectories,
    Container,
    Path,
    Prefix,
}

/// How something is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) kind: Kind,
    pub(super) negated: bool,
    pub(super) ignore_case: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Equals,
    StartsWith,
    Like,
    Bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Bool(bool),
}

/// What a request is about, as conditions see it. What is none is not an attribute of the request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    pub account: Option<&'a str>,
    /// Whether the account has directories.
    pub has_directories: Option<bool>,
    pub container: Option<&'a str>,
    /// The blob's name.
    pub path: Option<&'a str>,
    /// The prefix that a listing asks for.
    pub prefix: Option<&'a str>,
    pub does: SubOperations,
}

/// The suboperations of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubOperations {
    /// `Blob.List`
    pub list: bool,
    /// `Blob.Write.Tier`
    pub write_tier: bool,
    /// `Blob.Write.WithTagHeaders`
    pub write_with_tags: bool,
    /// `Blob.Read.WithTagConditions`
    pub read_with_tag_conditions: bool,
}

/// Why something is no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoCondition(pub String);

impl std::fmt::Display for NoCondition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Condition {
    /// Reads a condition. Errors: what of it is not understood.
    pub fn parse(text: &str) -> Result<Self, NoCondition> {
        Ok(Self {
            text: text.to_owned(),
            expression: parse::expression(text)?,
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for a request that needs `action`.
    pub fn holds(&self, action: &str, circumstances: &Circumstances<'_>) -> bool {
        evaluate::holds(&self.expression, action, circumstances)
    }

    /// An action that it names and that a role with these permissions does not give.
    pub fn names_beyond<'c>(&'c self, permissions: &[Permission]) -> Option<&'c str> {
        let mut named = Vec::new();
        self.expression.actions(&mut named);
        named
            .into_iter()
            .find(|action| !action.contains('*') && !permissions.iter().any(|p| p.allows(action, true)))
    }
}

impl Expression {
    fn actions<'e>(&'e self, into: &mut Vec<&'e str>) {
        match self {
            Self::Action(pattern) => into.push(pattern),
            Self::SubOperation(_) | Self::Exists(_) | Self::Compare { .. } => {}
            Self::Not(inner) => inner.actions(into),
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.actions(into)),
        }
    }
}

impl TryFrom<String> for Condition {
    type Error = NoCondition;

    fn try_from(text: String) -> Result<Self, NoCondition> {
        Self::parse(&text)
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.text
    }
}
