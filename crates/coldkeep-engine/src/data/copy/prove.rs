//! The look after the copy: whether it shows what the second one showed.

use super::observe::{Observed, Source};
use crate::data::spool::Sorter;
use coldkeep_core::{Doubt, Problem, copy::cut::doubt_after};

/// Adds a doubt for every name that was dated before the cut and is not as it was listed.
pub(super) async fn prove(
    source: &Source,
    observed: &Observed,
    doubts: &mut Sorter<Doubt>,
) -> Result<(), Problem> {
    let look = source.glance().await?;
    let mut listed = observed.listed.iter()?.peekable();
    let mut etags = Vec::new();
    for glimpse in look.glimpses.iter()? {
        let glimpse = glimpse?;
        etags.clear();
        while let Some(blob) = listed.next_if(|blob| blob.as_ref().map_or(true, |b| b.name <= glimpse.name)) {
            let blob = blob?;
            if blob.name == glimpse.name {
                etags.push(blob.etag);
            }
        }
        if let Some(kind) = doubt_after(&glimpse, &etags, observed.cut) {
            doubts.push(Doubt {
                name: glimpse.name,
                kind,
            })?;
        }
    }
    Ok(())
}
