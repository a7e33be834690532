//! `point verify`: what a point needs, compared with what is in the target. A streaming merge of the point's index
//! with a listing; memory does not grow with the number of blobs.

mod content;
mod report;

use crate::{
    Engine,
    requests::Verification,
    target::{IndexRow, Listing},
};
use coldkeep_azure::Meter;
use coldkeep_core::{PointAddress, Problem, blob::ListedBlob, repository::Tier};
use content::{Content, read_content};
use futures::{StreamExt, stream::FuturesUnordered};
use report::Report;
use std::sync::Arc;

/// So many blobs are read at once by a deep verification.
const IN_FLIGHT: usize = 8;

impl Engine {
    /// Whether the point can be restored, as far as a listing tells; `deep` also reads every blob's content.
    pub async fn verify_point(
        &self,
        point: impl Into<PointAddress>,
        deep: bool,
    ) -> Result<Verification, Problem> {
        let point = self.open_point(point).await?;
        let meter: Arc<Meter> = Arc::default();
        let target = point.target_counted(self, meter.clone()).await?;
        let record = &point.commit.record;
        let mut report = Report::new(deep);
        point.findings.iter().for_each(|f| report.remark(f.to_string()));

        let mut entries = target.entries(&point.commit);
        let (mut with_content, mut versions) = (0u64, false);
        while let Some(entry) = entries.next().await? {
            report.items += 1;
            report.bytes += entry.size_bytes;
            with_content += u64::from(!entry.target_name.is_empty());
            versions |= entry.target_version_id.is_some();
        }
        if (report.items, report.bytes) != (record.item_count, record.size_bytes) {
            report.damage(
                "The manifest holds another number of blobs or bytes than the commit record says".into(),
            );
        }
        report.parts = (record.parts.len() + record.index_parts.len()) as u64;

        let mut index = target.index(&point.commit);
        let mut listing = target.data_blobs(versions);
        let mut reading = FuturesUnordered::new();
        let mut rows = 0u64;
        while let Some(row) = index.next().await? {
            rows += 1;
            let Some(online) = check_blob(&mut listing, &row, &mut report).await? else {
                continue;
            };
            if deep && online {
                reading.push(read_content(&target, row));
                if reading.len() >= IN_FLIGHT
                    && let Some((row, content)) = reading.next().await
                {
                    take_content(&mut report, &row, content);
                }
            }
        }
        while let Some((row, content)) = reading.next().await {
            take_content(&mut report, &row, content);
        }
        if rows != with_content {
            report.damage("The index holds another number of blobs than the manifest".into());
        }
        Ok(report.finish(point.point(), &meter))
    }
}

/// Compares a row with the blob it names. None: the blob is damaged; else whether it can be read.
async fn check_blob(
    listing: &mut Listing,
    row: &IndexRow,
    report: &mut Report,
) -> Result<Option<bool>, Problem> {
    let Some(blob) = find_blob(listing, row, report).await? else {
        report.damage(format!(
            "`{}`: its content `{}` is missing",
            row.name, row.target_name
        ));
        return Ok(None);
    };
    let fits = match (row.pack_offset, row.pack_length) {
        (Some(offset), Some(length)) => offset.saturating_add(length) <= blob.size_bytes,
        _ => blob.size_bytes == row.size_bytes,
    };
    if !fits {
        report.damage(format!(
            "`{}`: its content `{}` has {} bytes instead of {}",
            row.name, row.target_name, blob.size_bytes, row.size_bytes
        ));
        return Ok(None);
    }
    report.present += 1;
    match (row.target_tier, blob.tier) {
        (Some(expected), Some(tier)) if expected == tier => report.tiers += 1,
        (Some(expected), Some(tier)) => {
            report.remark(format!(
                "`{}`: its content is in the tier {tier} instead of {expected}",
                row.name
            ));
        }
        _ => {}
    }
    check_md5(row, &blob, report);
    Ok(Some(blob.tier != Some(Tier::Archive)))
}

fn check_md5(row: &IndexRow, blob: &ListedBlob, report: &mut Report) {
    let listed = blob.headers.content_md5.as_deref();
    let listed = listed.and_then(|text| data_encoding::BASE64.decode(text.as_bytes()).ok());
    match (&row.md5, listed) {
        (Some(expected), Some(listed)) if row.pack_offset.is_none() => {
            if *expected == listed {
                report.hashes_listed += 1;
            } else {
                report.damage(format!(
                    "`{}`: the MD5 listed for its content `{}` is not the recorded one",
                    row.name, row.target_name
                ));
            }
        }
        _ => report.hashes_unknown += 1,
    }
}

/// The version of the blob that the point holds; says so if the bare name shows another one by now.
async fn find_blob(
    listing: &mut Listing,
    row: &IndexRow,
    report: &mut Report,
) -> Result<Option<ListedBlob>, Problem> {
    let there = listing.seek(&row.target_name).await?;
    let version = row.target_version_id.as_deref();
    let Some(blob) = there.version(version) else {
        return Ok(None);
    };
    if version.is_some() {
        report.versions += 1;
        let what = match there.current() {
            Some(current) if current.version_id.as_deref() == version => return Ok(Some(blob.clone())),
            Some(_) => "overwritten",
            None => "deleted",
        };
        report.remark(format!(
            "`{}`: somebody has {what} its content `{}`; the version that this point holds is still there",
            row.name, row.target_name
        ));
    }
    Ok(Some(blob.clone()))
}

fn take_content(report: &mut Report, row: &IndexRow, content: Content) {
    match content {
        Content::Same => report.contents += 1,
        Content::NoHash => report.contents_unknown += 1,
        Content::Differs(why) => {
            report.damage(format!("`{}`: its content `{}` {why}", row.name, row.target_name))
        }
        Content::Unread(problem) => report.damage(format!("`{}`: {problem}", row.name)),
    }
}
