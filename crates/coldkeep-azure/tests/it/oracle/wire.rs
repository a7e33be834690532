//! One request as it left a client, in a form in which two clients' requests can be compared, and how two differ.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use bytes::Bytes;
use percent_encoding::percent_decode_str;

use super::tree;

/// A request, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    method: String,
    /// As it stood in the address.
    path: String,
    /// Values as they stood in the address.
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Bytes,
}

impl Wire {
    /// # Panics
    /// If a query parameter stands there twice: the service would take one of them.
    pub(crate) fn new(
        method: &str,
        address: &str,
        headers: impl IntoIterator<Item = (String, String)>,
        body: Bytes,
    ) -> Self {
        let (_, rest) = address.split_once("://").expect("an absolute address");
        let path_and_query = rest.find('/').map_or("/", |start| &rest[start..]);
        let (path, query_text) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let mut query = BTreeMap::new();
        for pair in query_text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let twice = query.insert(name.to_owned(), value.to_owned());
            assert!(twice.is_none(), "`{name}` stands twice in {address}");
        }
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers: headers.into_iter().collect(),
            body,
        }
    }
}

/// Where two requests differ, and which of them has what the other lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    OnlyOurs,
    OnlyTheirs,
    /// Both have it, of other values.
    Values,
    /// Percent-encoded otherwise; what the service decodes is the same.
    Encoding,
    /// The same elements of a document in another order.
    Order,
}

/// One difference; `part` is `method`, `path`, `?parameter`, a header's name or `body`.
pub(crate) struct Difference {
    pub(crate) part: String,
    pub(crate) how: How,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            part,
            how,
            ours,
            theirs,
        } = self;
        write!(f, "{part} ({how:?}): ours is `{ours}`, theirs `{theirs}`")
    }
}

pub(crate) fn compare(ours: &Wire, theirs: &Wire) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut note = |part: &str, how, ours: &str, theirs: &str| {
        found.push(Difference {
            part: part.to_owned(),
            how,
            ours: ours.to_owned(),
            theirs: theirs.to_owned(),
        });
    };
    if ours.method != theirs.method {
        note("method", How::Values, &ours.method, &theirs.method);
    }
    if let Some(how) = encoded(&ours.path, &theirs.path, path_text) {
        note("path", how, &ours.path, &theirs.path);
    }
    for (name, ours, theirs) in pairs(&ours.query, &theirs.query) {
        if let Some(how) = sides(ours, theirs, |a, b| encoded(a, b, form_text)) {
            let part = format!("?{name}");
            note(&part, how, ours.unwrap_or_default(), theirs.unwrap_or_default());
        }
    }
    for (name, ours, theirs) in pairs(&ours.headers, &theirs.headers) {
        let differ = |a: &str, b: &str| match name {
            // A query string in a header.
            "x-ms-tags" => encoded(a, b, form_text),
            _ => (a != b).then_some(How::Values),
        };
        if let Some(how) = sides(ours, theirs, differ) {
            note(name, how, ours.unwrap_or_default(), theirs.unwrap_or_default());
        }
    }
    if let Some(how) = bodies(ours, theirs) {
        let text = |wire: &Wire| String::from_utf8_lossy(&wire.body).into_owned();
        note("body", how, &text(ours), &text(theirs));
    }
    found
}

fn pairs<'a>(
    ours: &'a BTreeMap<String, String>,
    theirs: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, Option<&'a str>, Option<&'a str>)> {
    let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    names.into_iter().map(move |name| {
        let of = |side: &'a BTreeMap<String, String>| side.get(name).map(String::as_str);
        (name.as_str(), of(ours), of(theirs))
    })
}

fn sides(ours: Option<&str>, theirs: Option<&str>, both: impl Fn(&str, &str) -> Option<How>) -> Option<How> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => both(ours, theirs),
        (Some(_), None) => Some(How::OnlyOurs),
        (None, Some(_)) => Some(How::OnlyTheirs),
        (None, None) => None,
    }
}

fn encoded(ours: &str, theirs: &str, decode: fn(&str) -> Vec<u8>) -> Option<How> {
    if ours == theirs {
        return None;
    }
    Some(if decode(ours) == decode(theirs) {
        How::Encoding
    } else {
        How::Values
    })
}

fn path_text(text: &str) -> Vec<u8> {
    percent_decode_str(text).collect()
}

/// Of a query a plus is a space, of a path it is itself.
fn form_text(text: &str) -> Vec<u8> {
    path_text(&text.replace('+', " "))
}

/// Documents by what they say, everything else by its bytes.
fn bodies(ours: &Wire, theirs: &Wire) -> Option<How> {
    let is_xml = |wire: &Wire| {
        wire.headers
            .get("content-type")
            .is_some_and(|kind| kind == "application/xml")
    };
    if !(is_xml(ours) && is_xml(theirs)) {
        return (ours.body != theirs.body).then_some(How::Values);
    }
    let (ours, theirs) = (tree::parse(&ours.body), tree::parse(&theirs.body));
    if ours == theirs {
        None
    } else if ours.unordered() == theirs.unordered() {
        Some(How::Order)
    } else {
        Some(How::Values)
    }
}
