//! The little OData that is spoken: keys in parentheses, `$filter` by equality, `$select`, pages.

use super::error::GraphError;
use crate::{
    Body, World,
    server::{call::Call, reply},
};
use http::Response;
use serde_json::{Value, json};

/// How a path names one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// `things/ID`
    Id(String),
    /// `things(name='value')`
    Key(String, String),
}

/// Splits `things(name='value')`; a quote in the value is doubled.
pub(super) fn address(segment: &str) -> (&str, Option<Address>) {
    let parsed = segment.split_once('(').and_then(|(things, rest)| {
        let (name, value) = rest.strip_suffix(')')?.split_once('=')?;
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

/// Reads `property eq 'value'`.
pub(super) fn filter(text: &str) -> Result<(String, String), GraphError> {
    let mut words = text.splitn(3, ' ');
    let (name, operator, value) = (words.next(), words.next(), words.next());
    match (name, operator, value.and_then(|v| quoted(v.trim()))) {
        (Some(name), Some("eq"), Some(value)) => Ok((name.to_owned(), value)),
        _ => Err(GraphError::new(
            400,
            "Request_UnsupportedQuery",
            format!("Unsupported or invalid query filter clause: {text}"),
        )),
    }
}

/// Keeps the selected properties, and OData's own.
pub(super) fn select(value: Value, select: Option<&str>) -> Value {
    let Some(select) = select else { return value };
    let wanted: Vec<&str> = select.split(',').map(str::trim).collect();
    let Value::Object(map) = value else { return value };
    Value::Object(
        map.into_iter()
            .filter(|(name, _)| name.starts_with('@') || wanted.contains(&name.as_str()))
            .collect(),
    )
}

/// A page of a collection, `$top` entries from `$skiptoken` on.
pub(super) fn page(world: &World, call: &Call, collection: &str, all: Vec<Value>) -> Response<Body> {
    let number = |name: &str| call.query(name).and_then(|v| v.parse::<usize>().ok());
    let top = number("$top").unwrap_or(100).clamp(1, 999);
    let skip = number("$skiptoken").unwrap_or(0);
    let more = all.len() > skip + top;
    let selected: Vec<Value> = all
        .into_iter()
        .skip(skip)
        .take(top)
        .map(|v| select(v, call.query("$select")))
        .collect();
    let graph = &world.endpoints().graph;
    let mut body =
        json!({"@odata.context": format!("{graph}/v1.0/$metadata#{collection}"), "value": selected});
    if more {
        let mut next = format!("{graph}/v1.0/{collection}?$top={top}&$skiptoken={}", skip + top);
        for name in ["$select", "$filter"] {
            if let Some(value) = call.query(name) {
                let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                next.push_str(&format!("&{name}={value}"));
            }
        }
        body["@odata.nextLink"] = json!(next);
    }
    reply::json(200, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_filters_are_read() {
        assert_eq!(address("applications"), ("applications", None));
        assert_eq!(
            address("applications(uniqueName='it''s')"),
            (
                "applications",
                Some(Address::Key("uniqueName".into(), "it's".into()))
            )
        );
        assert_eq!(
            filter("appId eq 'x y'").unwrap(),
            ("appId".to_owned(), "x y".to_owned())
        );
        assert!(filter("startsWith(displayName, 'x')").is_err());
    }
}
