//! Get and Set Blob Service Properties: <https://learn.microsoft.com/rest/api/storageservices/set-blob-service-properties>.
//!
//! Retention of deleted blobs works, and is the same that Resource Manager shows. The rest is kept and shown.

use super::{
    need::{READ_SERVICE, WRITE_SERVICE},
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    xml,
};
use crate::storage::sections::Sections;

use http::StatusCode;

/// Sections in their order, with their default values.
const SECTIONS: [(&str, &str); 7] = [
    (
        "Logging",
        "<Version>1.0</Version><Delete>false</Delete><Read>false</Read><Write>false</Write>\
         <RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>",
    ),
    ("HourMetrics", METRICS_OFF),
    ("MinuteMetrics", METRICS_OFF),
    ("Cors", ""),
    ("DefaultServiceVersion", ""),
    (RETENTION, "<Enabled>false</Enabled>"),
    ("StaticWebsite", "<Enabled>false</Enabled>"),
];
const METRICS_OFF: &str = "<Version>1.0</Version><Enabled>false</Enabled><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>";
const RETENTION: &str = "DeleteRetentionPolicy";
const DAYS_MAX: u32 = 365;

/// Get Blob Service Properties.
pub(super) fn get(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ_SERVICE)?;
    let set = ask.world.blobs.account(&ask.account.name).service();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><StorageServiceProperties>");
    for (name, otherwise) in SECTIONS {
        let days = ask.account.blob_soft_delete_days.filter(|_| name == RETENTION);
        let inner = match days {
            Some(days) => format!("<Enabled>true</Enabled><Days>{days}</Days>"),
            None if name == RETENTION => otherwise.to_owned(),
            None => set.get(name).map_or(otherwise, String::as_str).to_owned(),
        };
        if !inner.is_empty() || name == "Cors" {
            text.push_str(&format!("<{name}>{inner}</{name}>"));
        }
    }
    text.push_str("</StorageServiceProperties>");
    Ok(Reply::xml(text))
}

/// Set Blob Service Properties. Sections that are left out stay as they are.
pub(super) fn set(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE_SERVICE)?;
    let elements = xml::parse_elements(&ask.body).ok_or_else(Refusal::invalid_xml)?;
    let mut elements = elements.iter().peekable();
    if elements
        .next()
        .is_none_or(|(_, name, _)| name != "StorageServiceProperties")
    {
        return Err(Refusal::invalid_xml());
    }
    let mut sections = Sections::new();
    let mut retention = None;
    while let Some((depth, name, text)) = elements.next() {
        let known = SECTIONS.iter().find(|(known, _)| known == name);
        let (known, _) = known.ok_or_else(Refusal::invalid_xml)?;
        let mut inside: Vec<Element> = Vec::new();
        while let Some(element) = elements.next_if(|(deeper, _, _)| deeper > depth) {
            inside.push(element.clone());
        }
        if name == RETENTION {
            retention = Some(days(&inside)?);
        } else {
            let mut inner = String::new();
            if inside.is_empty() {
                xml::push_text(&mut inner, text);
            }
            push_tree(&mut inner, &mut inside.iter().peekable(), depth + 1);
            sections.insert((*known).to_owned(), inner);
        }
    }
    ask.world
        .blobs
        .account(&ask.account.name)
        .change_service(sections);
    if let Some(days) = retention {
        // An account that is gone by now has nothing to be set.
        let _ = ask
            .world
            .change_account(&ask.account.name, |account| account.blob_soft_delete_days = days);
    }
    Ok(Reply::new(StatusCode::ACCEPTED))
}

type Element = (usize, String, String);

/// For how many days deleted blobs are kept.
fn days(inside: &[Element]) -> Result<Option<u32>, Refusal> {
    let value = |wanted: &str| {
        inside
            .iter()
            .find(|(_, name, _)| name == wanted)
            .map(|(_, _, text)| text.trim())
    };
    if value("Enabled") != Some("true") {
        return Ok(None);
    }
    let days = value("Days").and_then(|days| days.parse::<u32>().ok());
    days.filter(|days| (1..=DAYS_MAX).contains(days))
        .map(Some)
        .ok_or_else(|| {
            Refusal::bad_request(
                "InvalidXmlNodeValue",
                "The value for one of the XML nodes is not in the correct format.",
            )
        })
}

/// Writes the elements of a depth and what is inside them.
fn push_tree<'e>(
    out: &mut String,
    elements: &mut std::iter::Peekable<impl Iterator<Item = &'e Element>>,
    depth: usize,
) {
    while let Some((_, name, text)) = elements.next_if(|(at, _, _)| *at == depth) {
        out.push_str(&format!("<{name}>"));
        if elements.peek().is_some_and(|(at, _, _)| *at > depth) {
            push_inside(out, elements, depth + 1);
        } else {
            xml::push_text(out, text);
        }
        out.push_str(&format!("</{name}>"));
    }
}

/// Like [`push_tree`]; behind a reference, so that the recursion has one type.
fn push_inside<'e>(
    out: &mut String,
    elements: &mut std::iter::Peekable<impl Iterator<Item = &'e Element>>,
    depth: usize,
) {
    push_tree(out, elements, depth);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_written_as_it_was_read() {
        let document = b"<A><B>1</B><C><D>x&amp;y</D><D>2</D></C></A>";
        let elements = xml::parse_elements(document).unwrap();
        let mut out = String::new();
        push_tree(&mut out, &mut elements.iter().peekable(), 0);
        assert_eq!(out.as_bytes(), document);
    }

    #[test]
    fn days_are_a_year_at_most() {
        let policy = |days: &str| {
            let document = format!("<P><Enabled>true</Enabled><Days>{days}</Days></P>");
            days_of(&document)
        };
        assert_eq!(policy("7").unwrap(), Some(7));
        assert!(policy("366").is_err());
        assert!(policy("0").is_err());
        assert_eq!(days_of("<P><Enabled>false</Enabled></P>").unwrap(), None);
    }

    fn days_of(document: &str) -> Result<Option<u32>, Refusal> {
        days(&xml::parse_elements(document.as_bytes()).unwrap())
    }
}
