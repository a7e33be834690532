//! The fields of a form.

use super::error::Refusal;

pub(super) type Form = [(String, String)];

/// A field that must be there.
pub(super) fn field<'a>(form: &'a Form, name: &str) -> Result<&'a str, Refusal> {
    optional(form, name).ok_or_else(|| Refusal::missing(name))
}

pub(super) fn optional<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.iter()
        .find(|(n, v)| n == name && !v.is_empty())
        .map(|(_, v)| v.as_str())
}
