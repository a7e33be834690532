//! The target's data blobs as a cursor in name order, to be merged with a list sorted the same way.

use super::Target;
use coldkeep_azure::blob::Include;
use coldkeep_core::{Problem, blob::ListedBlob};

/// Reads `FOLDER/b/` page by page.
#[derive(Debug)]
pub(crate) struct Listing {
    target: Target,
    prefix: String,
    page: std::iter::Peekable<std::vec::IntoIter<ListedBlob>>,
    marker: Option<String>,
    started: bool,
}

impl Target {
    /// All data blobs, their current versions, in name order.
    pub(crate) fn data_blobs(&self) -> Listing {
        Listing {
            target: self.clone(),
            prefix: format!("{}b/", self.prefix),
            page: Vec::new().into_iter().peekable(),
            marker: None,
            started: false,
        }
    }
}

impl Listing {
    /// The blob of that name, if it is there. Names are asked for in ascending order.
    pub(crate) async fn seek(&mut self, name: &str) -> Result<Option<ListedBlob>, Problem> {
        loop {
            while self.page.next_if(|blob| blob.name.as_str() < name).is_some() {}
            if let Some(blob) = self.page.peek() {
                // Left where it is: the blobs of a pack ask for the same name again.
                return Ok((blob.name == name).then(|| blob.clone()));
            }
            if !self.fetch_page().await? {
                return Ok(None);
            }
        }
    }

    /// False at the end.
    async fn fetch_page(&mut self) -> Result<bool, Problem> {
        if self.started && self.marker.is_none() {
            return Ok(false);
        }
        let target = &self.target;
        let page = target
            .container
            .fetch_list_page(&self.prefix, self.marker.as_deref(), Include::default(), None)
            .await
            .map_err(|e| e.problem(target.what("cannot be listed")))?;
        self.started = true;
        self.marker = page.next_marker;
        self.page = page.blobs.into_iter().peekable();
        Ok(true)
    }
}
