//! What there is on one level of names: a listing with a delimiter
//! (<https://learn.microsoft.com/rest/api/storageservices/list-blobs#remarks>).

use coldkeep_core::listing::{DELIMITER, Level};
use http::Method;

use super::{
    Container,
    list::{self, Unread},
    pages::PAGE_ENTRIES_MAX,
    request::BlobRequest,
    xml::{Malformed, Xml},
};
use crate::Error;

/// A level that takes more pages is not read: a plain listing shows its names as fast.
const PAGES_MAX: usize = 4;
/// The number of names without a group after which none is expected any more.
const NAMES_WITHOUT_GROUPS_MAX: usize = 1000;

impl Container {
    /// The names and groups on the level of `prefix`; none if there are very many. `versions`: what has only versions left,
    /// too.
    ///
    /// # Errors
    /// As [`Container::fetch_list_page`]; some services take no delimiter together with versions.
    pub(super) async fn fetch_level(&self, prefix: &str, versions: bool) -> Result<Option<Level>, Error> {
        let mut level = Level::default();
        let mut marker = None;
        for _ in 0..PAGES_MAX {
            let mut request = BlobRequest::container(Method::GET)
                .query("restype", "container")
                .query("comp", "list")
                .query("delimiter", DELIMITER);
            if !prefix.is_empty() {
                request = request.query("prefix", prefix);
            }
            if let Some(marker) = marker.take() {
                request = request.query("marker", marker);
            }
            if versions {
                request = request.query("include", "versions");
            }
            let answer = self
                .send_whole(request.answer_limit(list::PAGE_BYTES_MAX))
                .await?;
            match parse(answer.body(), prefix, &mut level) {
                Ok(next) => marker = next,
                Err(Unread::Malformed(e)) => return Err(self.unreadable(answer.headers(), e)),
                Err(Unread::TooMuch) => return Ok(None),
            }
            if marker.is_none() {
                return Ok(Some(level));
            }
            if level.groups.is_empty() && level.names.len() > NAMES_WITHOUT_GROUPS_MAX {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

/// Adds a page to the level; where the next one begins.
fn parse(document: &[u8], prefix: &str, level: &mut Level) -> Result<Option<String>, Unread> {
    let mut xml = Xml::open(document, "EnumerationResults")?;
    let mut next_marker = None;
    let mut entries = 0;
    while let Some(part) = xml.child()? {
        match part.name().0 {
            "Blobs" => {
                while let Some(entry) = xml.child()? {
                    let names = match entry.name().0 {
                        "Blob" => &mut level.names,
                        "BlobPrefix" => &mut level.groups,
                        _ => {
                            xml.skip()?;
                            continue;
                        }
                    };
                    while let Some(part) = xml.child()? {
                        match part.name().0 {
                            "Name" => {
                                let name = list::parse_name(&mut xml, &part)?;
                                if !name.starts_with(prefix) {
                                    return Err(Malformed(
                                        "it has names outside the requested prefix".into(),
                                    )
                                    .into());
                                }
                                names.insert(name);
                            }
                            _ => xml.skip()?,
                        }
                    }
                    entries += 1;
                    if entries > PAGE_ENTRIES_MAX {
                        return Err(Unread::TooMuch);
                    }
                }
            }
            "NextMarker" => next_marker = Some(xml.text()?.into_owned()).filter(|marker| !marker.is_empty()),
            _ => xml.skip()?,
        }
    }
    Ok(next_marker)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<?xml version=\"1.0\"?><EnumerationResults><Prefix>a/</Prefix><Delimiter>/</Delimiter><Blobs>\
        <Blob><Name>a/x</Name><VersionId>1</VersionId><Properties><Etag>0x1</Etag></Properties></Blob>\
        <Blob><Name>a/x</Name><VersionId>2</VersionId></Blob>\
        <BlobPrefix><Name>a/b/</Name><Properties><ResourceType>directory</ResourceType></Properties></BlobPrefix>\
        <BlobPrefix><Name>a//</Name></BlobPrefix></Blobs><NextMarker>more</NextMarker></EnumerationResults>";

    #[test]
    fn names_and_groups_are_told_apart() {
        let mut level = Level::default();
        let next = parse(PAGE.as_bytes(), "a/", &mut level).unwrap();
        assert_eq!(next.as_deref(), Some("more"));
        assert_eq!(level.names.iter().collect::<Vec<_>>(), ["a/x"]);
        assert_eq!(level.groups.iter().collect::<Vec<_>>(), ["a//", "a/b/"]);
        assert!(
            parse(PAGE.as_bytes(), "b/", &mut level).is_err(),
            "names of somewhere else"
        );
    }
}
