//! Coldkeep targets in a container that is opened for another purpose: found by their markers, for every spelling of the
//! container's address.

use bytes::BytesMut;
use coldkeep_azure::{
    RefusalClass,
    blob::{Container, Include, Read},
};
use coldkeep_core::{Code, Kind, Problem, format::MARKER_NAME, id::TargetId, repository::enclosing_prefixes};
use futures::TryStreamExt;
use serde::Deserialize;

/// A marker is a few hundred bytes.
const MARKER_BYTES_MAX: usize = 64 * 1024;
/// Pages of a listing of one name that may be empty before something else is wrong.
const EMPTY_PAGES_MAX: usize = 100;
/// Pages (5000 names each) that are looked through for targets below a folder.
const PAGES_MAX: usize = 20;
/// The maximum number of targets below one folder that are remembered.
const TARGETS_MAX: usize = 1000;

/// The prefix of the target that this folder is, or is in; a blob with a marker's name counts as one, with any
/// content.
pub(crate) async fn find_target_around(
    container: &Container,
    prefix: &str,
) -> Result<Option<String>, Problem> {
    for around in enclosing_prefixes(prefix) {
        if has_blob(container, &format!("{around}{MARKER_NAME}")).await? {
            return Ok(Some(around.to_owned()));
        }
    }
    Ok(None)
}

/// Targets in folders below a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TargetsBelow {
    /// With their slashes.
    pub prefixes: Vec<String>,
    /// None: everything below was looked at; else this number of names.
    pub names_seen: Option<u64>,
}

/// Looks through a bounded number of the names below a folder.
pub(crate) async fn find_targets_below(container: &Container, prefix: &str) -> Result<TargetsBelow, Problem> {
    let mut below = TargetsBelow::default();
    let mut marker: Option<String> = None;
    let mut names = 0;
    for _ in 0..PAGES_MAX {
        let page = container
            .fetch_list_page(prefix, marker.as_deref(), Include::default(), None)
            .await
            .map_err(|e| e.problem(cannot_look(container)))?;
        names += page.blobs.len() as u64;
        let found = page.blobs.iter().filter_map(|blob| target_of(&blob.name));
        below.prefixes.extend(
            found
                .filter(|target| target.len() > prefix.len())
                .map(str::to_owned),
        );
        if below.prefixes.len() > TARGETS_MAX {
            return Err(Problem::new(
                Code::TargetNested,
                format!(
                    "More than {TARGETS_MAX} Coldkeep targets are below `{prefix}` in container `{}`",
                    container.container()
                ),
                "Choose another container or folder.",
            ));
        }
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(below);
        }
    }
    below.names_seen = Some(names);
    Ok(below)
}

/// The prefix of the target whose marker has this name.
fn target_of(name: &str) -> Option<&str> {
    name.strip_suffix(MARKER_NAME)
        .filter(|prefix| prefix.is_empty() || prefix.ends_with('/'))
}

/// What identifies the target of this prefix; none where there is no marker that can be read.
pub(crate) async fn fetch_marker_id(
    container: &Container,
    prefix: &str,
) -> Result<Option<TargetId>, Problem> {
    let name = format!("{prefix}{MARKER_NAME}");
    let cannot = || format!("`{name}` in container `{}` cannot be read", container.container());
    let body = match container.fetch_blob(&name, Read::default()).await {
        Ok(body) => body,
        Err(e) if e.code() == Some("ContainerNotFound") => return Err(e.problem(cannot())),
        // Not there, or archived: a marker in use is online.
        Err(e)
            if matches!(e.kind(), Kind::NotFound | Kind::Conflict)
                || e.class() == Some(RefusalClass::State) =>
        {
            return Ok(None);
        }
        Err(e) => return Err(e.problem(cannot())),
    };
    let mut content = BytesMut::new();
    let mut stream = body.stream;
    while content.len() < MARKER_BYTES_MAX
        && let Some(chunk) = stream.try_next().await.map_err(|e| e.problem(cannot()))?
    {
        content.extend_from_slice(&chunk);
    }
    Ok(marker_id(&content))
}

/// The id in a marker's first JSON value; the rest describes the same target.
fn marker_id(content: &[u8]) -> Option<TargetId> {
    #[derive(Deserialize)]
    struct Marker {
        id: TargetId,
    }
    let mut values = serde_json::Deserializer::from_slice(content).into_iter::<Marker>();
    values.next()?.ok().map(|marker| marker.id)
}

/// By a listing: anyone who may restore may list, but need not read.
async fn has_blob(container: &Container, name: &str) -> Result<bool, Problem> {
    let mut marker: Option<String> = None;
    for _ in 0..EMPTY_PAGES_MAX {
        let page = container
            .fetch_list_page(name, marker.as_deref(), Include::default(), Some(1))
            .await
            .map_err(|e| e.problem(cannot_look(container)))?;
        // The shortest of all names with this prefix comes first.
        if let Some(first) = page.blobs.first() {
            return Ok(first.name == name);
        }
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(false);
        }
    }
    Err(Problem::new(
        Code::ListingEndless,
        format!(
            "The listing of container `{}` does not end",
            container.container()
        ),
        "Try again; if the problem persists, check the storage service.",
    ))
}

fn cannot_look(container: &Container) -> String {
    format!(
        "Coldkeep cannot determine whether container `{}` of account `{}` holds a Coldkeep target",
        container.container(),
        container.account()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_in_the_first_value_whatever_follows() {
        let id = "0198c0de-0000-7000-8000-000000000001";
        let marker = format!("{{\"format\": 1, \"id\": \"{id}\", \"more\": {{\"id\": 2}}}}");
        for text in [
            marker.clone(),
            format!("{marker}\n{{\"signature\": 1}}"),
            format!("{marker}garbage"),
        ] {
            assert_eq!(marker_id(text.as_bytes()), id.parse().ok(), "{text}");
        }
        for text in ["", "{}", "[]", "garbage", "{\"id\": 7}"] {
            assert_eq!(marker_id(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_marker_names_its_folder() {
        assert_eq!(target_of("coldkeep.json"), Some(""));
        assert_eq!(target_of("a/b/coldkeep.json"), Some("a/b/"));
        assert_eq!(target_of("a/not-coldkeep.json"), None);
        assert_eq!(target_of("a/coldkeep.json/x"), None);
    }
}
