//! The XML of one page of a listing, element for element as the service writes it.

use std::sync::Arc;

use super::{
    listing::ListingRequest,
    properties::{archive_status, is_metadata_name, md5_base64, priority},
    xml::{push_element, push_name, push_tag_set},
};
use crate::storage::{
    lease::LeaseStatus,
    moment::Tick,
    record::{Blob, BlobType},
};

/// One line of a listing.
#[derive(Debug)]
pub(super) enum Entry {
    Blob {
        name: Arc<str>,
        blob: Arc<Blob>,
        role: Role,
        /// Shown for the blob itself.
        lease: Option<LeaseStatus>,
    },
    /// A name of which only uncommitted blocks exist.
    Uncommitted(Arc<str>),
    Prefix(String),
}

/// As what a blob is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Current,
    /// A previous version or a snapshot.
    Kept,
    /// What was the current blob until it was deleted.
    Deleted,
    /// The newest version of a name that has nothing else.
    OnlyVersions,
}

/// What is being listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListedContainer<'a> {
    /// The account's endpoint.
    pub(super) service: &'a str,
    pub(super) container: &'a str,
    pub(super) now: Tick,
}

/// Writes a page.
pub(super) fn render(
    target: ListedContainer<'_>,
    wanted: &ListingRequest<'_>,
    entries: &[Entry],
    next: Option<&str>,
) -> String {
    let mut out = String::with_capacity(512 + entries.len() * 900);
    out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"");
    out.push_str(target.service);
    out.push_str("/\" ContainerName=\"");
    out.push_str(target.container);
    out.push_str("\">");
    if !wanted.prefix.is_empty() {
        push_name(&mut out, "Prefix", wanted.prefix);
    }
    if !wanted.marker.is_empty() {
        push_element(&mut out, "Marker", wanted.marker);
    }
    if let Some(max_results) = wanted.max_results {
        push_element(&mut out, "MaxResults", &max_results.to_string());
    }
    if !wanted.delimiter.is_empty() {
        push_name(&mut out, "Delimiter", wanted.delimiter);
    }
    out.push_str("<Blobs>");
    let writer = Writer {
        metadata: wanted.includes("metadata"),
        tags: wanted.includes("tags"),
        versions: wanted.includes("versions"),
        copy: wanted.includes("copy"),
        retention: wanted.includes("immutabilitypolicy"),
        legal_hold: wanted.includes("legalhold"),
        now: target.now,
    };
    for entry in entries {
        match entry {
            Entry::Blob {
                name,
                blob,
                role,
                lease,
            } => writer.push_blob(&mut out, name, blob, *role, *lease),
            Entry::Uncommitted(name) => push_uncommitted(&mut out, name),
            Entry::Prefix(name) => {
                out.push_str("<BlobPrefix>");
                push_name(&mut out, "Name", name);
                out.push_str("</BlobPrefix>");
            }
        }
    }
    out.push_str("</Blobs>");
    push_element(&mut out, "NextMarker", next.unwrap_or_default());
    out.push_str("</EnumerationResults>");
    out
}

fn push_uncommitted(out: &mut String, name: &str) {
    out.push_str("<Blob>");
    push_name(out, "Name", name);
    out.push_str("<Properties><Content-Length>0</Content-Length><BlobType>BlockBlob</BlobType></Properties><OrMetadata /></Blob>");
}

/// What the entries of a page show.
struct Writer {
    metadata: bool,
    tags: bool,
    versions: bool,
    copy: bool,
    retention: bool,
    legal_hold: bool,
    now: Tick,
}

impl Writer {
    fn push_blob(&self, out: &mut String, name: &str, blob: &Blob, role: Role, lease: Option<LeaseStatus>) {
        out.push_str("<Blob>");
        push_name(out, "Name", name);
        let deletion = blob.rare().deletion;
        if deletion.is_some() || role == Role::OnlyVersions {
            out.push_str("<Deleted>true</Deleted>");
        }
        if let Some(at) = blob.rare().snapshot {
            push_element(out, "Snapshot", &at.version_id());
        } else if let Some(version) = blob
            .version
            .filter(|_| self.versions && role != Role::OnlyVersions)
        {
            push_element(out, "VersionId", &version.version_id());
            if role == Role::Current {
                out.push_str("<IsCurrentVersion>true</IsCurrentVersion>");
            }
        }
        out.push_str("<Properties>");
        self.push_properties(out, blob, lease);
        if let Some(deletion) = deletion {
            push_element(out, "DeletedTime", &deletion.at.http_date());
            push_element(
                out,
                "RemainingRetentionDays",
                &deletion.remaining_days(self.now).to_string(),
            );
        }
        out.push_str("</Properties>");
        if self.metadata {
            out.push_str("<Metadata>");
            for (name, value) in blob.metadata.iter() {
                if is_metadata_name(name) {
                    push_element(out, name, value);
                } else {
                    push_element(out, "x-ms-invalid-name", name);
                }
            }
            out.push_str("</Metadata>");
        }
        if self.tags && !blob.tags.is_empty() {
            out.push_str("<Tags>");
            push_tag_set(out, blob.tags.iter());
            out.push_str("</Tags>");
        }
        if role == Role::OnlyVersions {
            out.push_str("<HasVersionsOnly>true</HasVersionsOnly>");
        }
        out.push_str("<OrMetadata /></Blob>");
    }

    fn push_properties(&self, out: &mut String, blob: &Blob, lease: Option<LeaseStatus>) {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        push_element(out, "Creation-Time", &blob.created.http_date());
        push_element(out, "Last-Modified", &blob.modified.http_date());
        push_element(out, "Etag", &blob.modified.etag());
        push_element(
            out,
            "Content-Length",
            &blob.content_at(self.now).length().to_string(),
        );
        push_element(out, "Content-Type", &text(&blob.headers.content_type));
        push_element(out, "Content-Encoding", &text(&blob.headers.content_encoding));
        push_element(out, "Content-Language", &text(&blob.headers.content_language));
        out.push_str("<Content-CRC64 />");
        push_element(out, "Content-MD5", &blob.md5.map(md5_base64).unwrap_or_default());
        push_element(out, "Cache-Control", &text(&blob.headers.cache_control));
        push_element(
            out,
            "Content-Disposition",
            &text(&blob.headers.content_disposition),
        );
        if blob.kind == BlobType::Page {
            push_element(
                out,
                "x-ms-blob-sequence-number",
                &blob.rare().sequence_number.to_string(),
            );
        }
        push_element(out, "BlobType", blob.kind.as_str());
        if blob.kind == BlobType::Block {
            self.push_tier(out, blob);
        }
        if let Some(lease) = lease {
            push_element(out, "LeaseStatus", lease.status);
            push_element(out, "LeaseState", lease.state);
            if let Some(duration) = lease.duration {
                push_element(out, "LeaseDuration", duration);
            }
        }
        if self.copy {
            self.push_copy(out, blob);
        }
        out.push_str("<ServerEncrypted>true</ServerEncrypted>");
        self.push_rare(out, blob);
        if !blob.tags.is_empty() {
            push_element(out, "TagCount", &blob.tags.len().to_string());
        }
    }

    fn push_tier(&self, out: &mut String, blob: &Blob) {
        push_element(out, "AccessTier", blob.tiering.tier(self.now).as_str());
        match blob.tiering.changed() {
            Some(changed) => push_element(out, "AccessTierChangeTime", &changed.http_date()),
            None => out.push_str("<AccessTierInferred>true</AccessTierInferred>"),
        }
        if let Some(rehydration) = blob.tiering.rehydration(self.now) {
            push_element(out, "ArchiveStatus", &archive_status(rehydration.to));
            push_element(out, "RehydratePriority", priority(rehydration.high_priority));
        }
    }

    fn push_rare(&self, out: &mut String, blob: &Blob) {
        let rare = blob.rare();
        if let Some(key) = &rare.key_sha256 {
            push_element(out, "CustomerProvidedKeySha256", key);
        }
        if let Some(scope) = &rare.encryption_scope {
            push_element(out, "EncryptionScope", scope);
        }
        if rare.sealed {
            out.push_str("<Sealed>true</Sealed>");
        }
        if let Some(retention) = rare.retention.filter(|_| self.retention) {
            push_element(out, "ImmutabilityPolicyUntilDate", &retention.until.http_date());
            push_element(out, "ImmutabilityPolicyMode", retention.mode());
        }
        if rare.legal_hold && self.legal_hold {
            out.push_str("<LegalHold>true</LegalHold>");
        }
    }

    fn push_copy(&self, out: &mut String, blob: &Blob) {
        let Some(copy) = &blob.copy else { return };
        push_element(out, "CopyId", &copy.id);
        push_element(out, "CopySource", &copy.source);
        push_element(out, "CopyStatus", copy.status(self.now));
        if let Some(description) = &copy.failed {
            push_element(out, "CopyStatusDescription", description);
        }
        push_element(out, "CopyProgress", &copy.progress(self.now));
        if !copy.is_pending(self.now) {
            push_element(out, "CopyCompletionTime", &copy.completed.http_date());
        }
    }
}
