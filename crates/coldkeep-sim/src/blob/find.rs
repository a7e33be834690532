//! Find Blobs by Tags, in an account or a container:
//! <https://learn.microsoft.com/rest/api/storageservices/find-blobs-by-tags>.

use std::ops::Bound;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::{
    need::{FIND, FIND_IN_CONTAINER},
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    tag_query::Expression,
    xml::{self, push_tag_set},
};
use crate::storage::{container_state::ContainerBlobs, record::Blob};

const PAGE_MAX: usize = 5000;

/// Finds current blobs; versions and snapshots are not searched. Of the tags, those searched for are shown.
pub(super) fn find_blobs(ask: &Ask<'_>) -> Answer {
    let need = match ask.address.container {
        Some(_) => FIND_IN_CONTAINER,
        None => FIND,
    };
    scope(ask).require(&ask.caller, need)?;
    let text = ask.query.some("where").ok_or_else(|| {
        Refusal::bad_request(
            "MissingRequiredQueryParameter",
            "A required query parameter was not specified for this request.",
        )
    })?;
    let wanted = Expression::search(text).ok_or_else(|| Refusal::invalid_query("where"))?;
    let max = match ask.query.some("maxresults").map(str::parse::<usize>) {
        None => PAGE_MAX,
        Some(Ok(number)) if number > 0 => number.min(PAGE_MAX),
        Some(_) => return Err(Refusal::invalid_query("maxresults")),
    };
    let start = match ask.query.some("marker") {
        None => (String::new(), String::new()),
        Some(marker) => parse_marker(marker).ok_or_else(|| Refusal::invalid_query("marker"))?,
    };
    let containers = match &ask.address.container {
        Some(_) => vec![ask.container()?],
        None => ask.world.blobs.account(&ask.account.name).all(),
    };
    let mut found = Vec::new();
    for container in containers.iter().filter(|container| container.name >= start.0) {
        let from = if container.name == start.0 {
            start.1.as_str()
        } else {
            ""
        };
        search(container, &wanted, from, max + 1, &mut found);
        if found.len() > max {
            break;
        }
    }
    let next = found.get(max).map(|hit| marker(&hit.container, &hit.name));
    found.truncate(max);
    Ok(Reply::xml(render(ask, text, &wanted, &found, next.as_deref())))
}

struct Hit {
    container: String,
    name: Arc<str>,
    blob: Arc<Blob>,
}

fn search(container: &ContainerBlobs, wanted: &Expression, from: &str, max: usize, found: &mut Vec<Hit>) {
    for (name, slot) in container
        .read()
        .range::<str, _>((Bound::Included(from), Bound::Unbounded))
    {
        if found.len() >= max {
            return;
        }
        let Some(blob) = &slot.current else { continue };
        if !blob.tags.is_empty() && wanted.matches(&container.name, &blob.tags) {
            found.push(Hit {
                container: container.name.clone(),
                name: Arc::clone(name),
                blob: Arc::clone(blob),
            });
        }
    }
}

fn marker(container: &str, name: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{container}/{name}"))
}

fn parse_marker(marker: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?;
    let (container, name) = text.split_once('/')?;
    Some((container.to_owned(), name.to_owned()))
}

fn render(ask: &Ask<'_>, text: &str, wanted: &Expression, found: &[Hit], next: Option<&str>) -> String {
    let own = ask.endpoint();
    let mut out =
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"{own}/\">");
    xml::push_element(&mut out, "Where", text);
    if let Some(max) = ask.query.some("maxresults") {
        xml::push_element(&mut out, "MaxResults", max);
    }
    out.push_str("<Blobs>");
    let keys = wanted.keys();
    for hit in found {
        out.push_str("<Blob>");
        xml::push_name(&mut out, "Name", &hit.name);
        xml::push_element(&mut out, "ContainerName", &hit.container);
        out.push_str("<Tags>");
        let tags = hit.blob.tags.iter();
        push_tag_set(&mut out, tags.filter(|(key, _)| keys.contains(key.as_str())));
        out.push_str("</Tags></Blob>");
    }
    out.push_str("</Blobs>");
    xml::push_element(&mut out, "NextMarker", next.unwrap_or_default());
    out.push_str("</EnumerationResults>");
    out
}
