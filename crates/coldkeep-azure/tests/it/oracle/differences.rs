//! Every difference between our requests and those of Microsoft's crate, and why it is one.

use super::wire::{Difference, How};

/// A difference that is meant.
pub(crate) struct Allowed {
    pub(crate) part: &'static str,
    pub(crate) how: How,
    /// The operations that have it, each of them; empty: all there are.
    pub(crate) operations: &'static [&'static str],
    /// Why both are right.
    pub(crate) reason: &'static str,
}

impl Allowed {
    pub(crate) fn covers(&self, operation: &str, difference: &Difference) -> bool {
        self.part == difference.part
            && self.how == difference.how
            && (self.operations.is_empty() || self.operations.contains(&operation))
    }
}

const ON_BLOBS: &[&str] = &[
    "head",
    "head of a version",
    "get",
    "get a range of a version",
    "get tags",
    "get block list",
    "put blob",
    "put block",
    "put block list",
    "put block from url",
    "put blob from url",
    "put blob from url with the source's properties",
    "copy blob",
    "delete",
    "delete a version",
    "delete by condition",
    "set tags",
    "set immutability policy",
];

pub(crate) const ALLOWED: &[Allowed] = &[
    Allowed {
        part: "user-agent",
        how: How::Values,
        operations: &[],
        reason: "each client says its own name",
    },
    Allowed {
        part: "x-ms-client-request-id",
        how: How::Values,
        operations: &[],
        reason: "each request has an id of its own",
    },
    Allowed {
        part: "x-ms-date",
        how: How::OnlyOurs,
        operations: &[],
        reason: "required of what a key or a token authorizes, of no use but no harm with the signature of this test; \
                 https://learn.microsoft.com/rest/api/storageservices/put-blob#request-headers",
    },
    Allowed {
        part: "path",
        how: How::Encoding,
        operations: ON_BLOBS,
        reason: "the crate writes the slashes of a name as %2F and leaves characters bare that a path may hold; ours keeps \
                 slashes and encodes all that RFC 3986 reserves: both decode to the same name; \
                 https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata",
    },
    Allowed {
        part: "?prefix",
        how: How::Encoding,
        operations: &["list with everything"],
        reason: "the crate writes a query as a form does (`+`, `*`, `%7E`), ours by RFC 3986",
    },
    Allowed {
        part: "x-ms-tags",
        how: How::Encoding,
        operations: &["put blob", "put block list", "put blob from url"],
        reason: "the crate encodes all but letters and digits, ours all but RFC 3986's unreserved characters; \
                 https://learn.microsoft.com/rest/api/storageservices/put-blob#request-headers",
    },
    Allowed {
        part: "accept",
        how: How::OnlyTheirs,
        operations: &[
            "list",
            "list with everything",
            "get",
            "get a range of a version",
            "get tags",
            "get block list",
            "user delegation key",
        ],
        reason: "no header of the Blob service: each of these operations answers in one format; \
                 https://learn.microsoft.com/rest/api/storageservices/list-blobs#request-headers",
    },
    Allowed {
        part: "range",
        how: How::OnlyTheirs,
        operations: &["get"],
        reason: "the crate reads a whole blob in parts of 4 MiB at once, ours in one stream; \
                 https://learn.microsoft.com/rest/api/storageservices/get-blob#request-headers",
    },
    Allowed {
        part: "content-length",
        how: How::OnlyTheirs,
        operations: &["put blob", "put block"],
        reason: "ours is written by the HTTP library, from the body, after the point where this test looks",
    },
    Allowed {
        part: "content-type",
        how: How::OnlyTheirs,
        operations: &["put blob", "put block"],
        reason: "the service's default, and not looked at where x-ms-blob-content-type is given; \
                 https://learn.microsoft.com/rest/api/storageservices/put-blob#request-headers",
    },
    Allowed {
        part: "content-md5",
        how: How::OnlyOurs,
        operations: &["put blob", "put block list", "set tags", "user delegation key"],
        reason: "optional: the service then checks what it received; the crate sends it only where its caller computes it; \
                 https://learn.microsoft.com/rest/api/storageservices/put-block-list#request-headers",
    },
    Allowed {
        part: "x-ms-requires-sync",
        how: How::OnlyOurs,
        operations: &["copy blob"],
        reason: "what makes Copy Blob From URL of Copy Blob, which alone the crate has; \
                 https://learn.microsoft.com/rest/api/storageservices/copy-blob-from-url#request-headers",
    },
    Allowed {
        part: "body",
        how: How::Order,
        operations: &["user delegation key"],
        reason: "ours has the start before the expiry, as the page has it, the crate goes by the alphabet; \
                 https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key#request-body",
    },
];
