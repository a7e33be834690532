//! How the service normalizes an address before it looks up a blob: accounts without directories resolve `.` and `..`
//! (also percent-encoded: <https://github.com/Azure/azure-sdk-for-rust/issues/5275>), drop the dots at the end of a segment
//! (<https://github.com/Azure/azure-sdk-for-java/issues/36674>) and take backslashes for slashes
//! (<https://github.com/versity/versitygw/issues/845>). Prefixes of listings are left as they are. What is not known: how far
//! `..` leads (here: out of the container, never out of the account), and what becomes of `...` (here: refused).

use super::address::Address;

impl Address {
    /// The effective address, in an account without directories. None: it leads out of the account.
    pub(super) fn walked(self) -> Option<Self> {
        let path = match (&self.container, &self.blob) {
            (Some(container), Some(blob)) => format!("{container}/{blob}"),
            (Some(container), None) => container.clone(),
            _ => return Some(self),
        };
        if is_plain(&path) {
            return Some(self);
        }
        let walked = walk(&path)?;
        let (container, blob) = walked.split_once('/').unwrap_or((&walked, ""));
        let some = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        if container.is_empty() && !blob.is_empty() {
            return None;
        }
        Some(Self {
            container: some(container),
            blob: some(blob),
            ..self
        })
    }
}

/// The name of the blob that is written for this one; none where that is no blob of the same container.
pub(crate) fn blob_name(name: &str) -> Option<String> {
    if is_plain(name) {
        return Some(name.to_owned());
    }
    let walked = walk(name)?;
    Some(walked).filter(|walked| !walked.is_empty())
}

/// Whether the service leaves it as it is.
pub(crate) fn is_plain(path: &str) -> bool {
    !path.contains('\\') && !path.split('/').any(|segment| segment.ends_with('.'))
}

fn walk(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        match segment {
            "." => {}
            ".." => {
                kept.pop()?;
            }
            segment => {
                let trimmed = segment.trim_end_matches('.');
                if trimmed.is_empty() && !segment.is_empty() {
                    return None;
                }
                kept.push(trimmed);
                continue;
            }
        }
        if segments.peek().is_none() && !kept.is_empty() {
            kept.push("");
        }
    }
    Some(kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_that_the_service_writes() {
        for (name, written) in [
            ("a/b", Some("a/b")),
            ("/a//b/", Some("/a//b/")),
            ("./key", Some("key")),
            ("a/../b", Some("b")),
            ("a/./b", Some("a/b")),
            ("a/.", Some("a/")),
            ("a/b/..", Some("a/")),
            ("folder/file.", Some("folder/file")),
            ("a./b..", Some("a/b")),
            ("a\\b", Some("a/b")),
            ("a\\..\\b", Some("b")),
            (".", None),
            ("..", None),
            ("../a", None),
            ("a/...", None),
            (".hidden/a..b", Some(".hidden/a..b")),
        ] {
            assert_eq!(blob_name(name).as_deref(), written, "{name}");
        }
    }

    #[test]
    fn an_address_may_lead_out_of_the_container_and_never_out_of_the_account() {
        let walked = |path: &str| {
            let address = Address::parse(path).and_then(Address::walked)?;
            Some((address.container, address.blob))
        };
        let some =
            |container: &str, blob: Option<&str>| Some((Some(container.to_owned()), blob.map(str::to_owned)));
        assert_eq!(walked("/acct/cont/a/%2E%2E/b%2F.%2Fc"), some("cont", Some("b/c")));
        assert_eq!(walked("/acct/cont/../other/x"), some("other", Some("x")));
        assert_eq!(walked("/acct/cont/."), some("cont", None));
        assert_eq!(walked("/acct/cont/../../x"), None);
        assert_eq!(walked("/acct/cont/a/.."), some("cont", None));
        assert_eq!(walked("/acct/cont/a."), some("cont", Some("a")));
    }
}
