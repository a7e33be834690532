//! Keys in parentheses, and `$select`.

use serde_json::Value;

/// How a path names one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// `things/ID`
    Id(String),
    /// `things(name='value')`
    Key(String, String),
}

impl Address {
    /// What it names, for refusals.
    pub(super) fn name(&self) -> &str {
        let (Self::Id(name) | Self::Key(_, name)) = self;
        name
    }
}

/// Splits `things(name='value')`; a quote in the value is doubled.
pub(super) fn address(segment: &str) -> (&str, Option<Address>) {
    let parsed = segment.split_once('(').and_then(|(things, rest)| {
        let inner = rest.strip_suffix(')')?;
        // `things('ID')` is the same as `things/ID`.
        if let Some(id) = quoted(inner.trim()) {
            return Some((things, Address::Id(id)));
        }
        let (name, value) = inner.split_once('=')?;
        Some((
            things,
            Address::Key(name.trim().to_owned(), quoted(value.trim())?),
        ))
    });
    match parsed {
        Some((things, key)) => (things, Some(key)),
        None => (segment, None),
    }
}

fn quoted(text: &str) -> Option<String> {
    Some(text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

/// Keeps the selected properties, whole where a part of one is selected, and OData's own.
pub(super) fn select(value: Value, select: Option<&str>) -> Value {
    let Some(select) = select else { return value };
    let names = select.split(',').map(|name| name.trim().split('/').next());
    let wanted: Vec<&str> = names.flatten().collect();
    if wanted.iter().all(|name| name.is_empty()) || wanted.contains(&"*") {
        return value;
    }
    let Value::Object(map) = value else { return value };
    Value::Object(
        map.into_iter()
            .filter(|(name, _)| name.starts_with('@') || wanted.contains(&name.as_str()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read() {
        assert_eq!(address("applications"), ("applications", None));
        assert_eq!(
            address("applications(uniqueName='it''s')"),
            (
                "applications",
                Some(Address::Key("uniqueName".into(), "it's".into()))
            )
        );
        assert_eq!(
            address("users('a@b')"),
            ("users", Some(Address::Id("a@b".into())))
        );
    }
}
