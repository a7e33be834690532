//! What a request addresses: its path and query, decoded without normalising anything.

use super::reply::Refusal;
use crate::{
    storage::{moment::Tick, slot::Which},
    world::StorageAccount,
};
use http::{HeaderMap, Method, StatusCode};

/// What a path addresses. Every part is percent-decoded; what accounts without directories make of `..`, dots at the end of
/// a segment and backslashes then is in [`super::alias`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Address {
    pub(super) account: String,
    pub(super) container: Option<String>,
    pub(super) blob: Option<String>,
    /// Whether the address is the account's secondary endpoint (`ACCOUNT-secondary`).
    pub(super) secondary: bool,
}

impl Address {
    /// Reads `/ACCOUNT[/CONTAINER[/BLOB]]`. None if it is not UTF-8 or names no account.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix('/')?.splitn(3, '/');
        let account = decode(parts.next()?)?;
        let container = parts.next().filter(|name| !name.is_empty());
        let blob = parts.next().filter(|name| !name.is_empty());
        if account.is_empty() || (container.is_none() && blob.is_some()) {
            return None;
        }
        let (account, secondary) = match account.strip_suffix("-secondary") {
            Some(account) => (account.to_owned(), true),
            None => (account, false),
        };
        let container = container.map_or(Some(None), |name| decode(name).map(Some))?;
        let blob = blob.map_or(Some(None), |name| decode(name).map(Some))?;
        Some(Self {
            account,
            container,
            blob,
            secondary,
        })
    }

    /// A name directly below the account is that of a blob of `$root`, unless the request declares it a container's
    /// (<https://learn.microsoft.com/rest/api/storageservices/working-with-the-root-container>).
    pub(super) fn in_root(self, of_container: bool) -> Self {
        match self.container {
            Some(name) if self.blob.is_none() && !of_container => Self {
                container: Some("$root".to_owned()),
                blob: Some(name),
                ..self
            },
            container => Self { container, ..self },
        }
    }

    /// Refuses a secondary endpoint that the account does not have, and writing to one that it has.
    pub(super) fn may(&self, method: &Method, account: &StorageAccount) -> Result<(), Refusal> {
        if !self.secondary {
            return Ok(());
        }
        if !account.sku.contains("_RA") {
            return Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "ResourceNotFound",
                "The specified resource does not exist.",
            ));
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Err(Refusal::forbidden(
                "WriteOperationNotSupportedOnSecondary",
                "Write operations are not allowed on the secondary endpoint.",
            ));
        }
        Ok(())
    }
}

pub(super) fn decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(|text| text.into_owned())
}

/// The parameters of a query, decoded as a form: `+` is a space.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: &str) -> Option<Self> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((
                decode(&name.replace('+', " "))?,
                decode(&value.replace('+', " "))?,
            ))
        });
        pairs.collect::<Option<_>>().map(Self)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The value, or nothing at all if it is empty.
    pub(super) fn some(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Which of the blobs behind a name a query means: a snapshot, a version, or the current one.
pub(super) fn which(query: &Query) -> Result<Which, Refusal> {
    let tick = |name: &str| {
        let id = query.some(name);
        id.map(|id| Tick::from_version_id(id).ok_or_else(|| Refusal::invalid_query(name)))
            .transpose()
    };
    match (tick("snapshot")?, tick("versionid")?) {
        (None, None) => Ok(Which::Current),
        (None, Some(version)) => Ok(Which::Version(version)),
        (Some(snapshot), None) => Ok(Which::Snapshot(snapshot)),
        (Some(_), Some(_)) => Err(Refusal::bad_request(
            "MutuallyExclusiveQueryParameters",
            "Snapshot and version cannot both be specified.",
        )),
    }
}

pub(super) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_through_byte_for_byte() {
        let name = |path: &str| Address::parse(path).and_then(|address| address.blob);
        assert_eq!(name("/acct/cont/a/../b").as_deref(), Some("a/../b"));
        assert_eq!(name("/acct/cont/%2E%2E/b%2Fc").as_deref(), Some("../b/c"));
        assert_eq!(name("/acct/cont//x//y/").as_deref(), Some("/x//y/"));
        assert_eq!(
            name("/acct/cont/a%5Cb%20c+d%3F%23").as_deref(),
            Some("a\\b c+d?#")
        );
        assert_eq!(name("/acct/cont/%C3%A4").as_deref(), Some("ä"));
        assert_eq!(name("/acct/cont/"), None);
        assert_eq!(Address::parse("/acct/cont/%FF"), None);
        assert_eq!(Address::parse("/"), None);
    }

    #[test]
    fn a_plus_in_a_query_is_a_space() {
        let query = Query::parse("prefix=a+b%20c%2B&comp=list&x").unwrap();
        assert_eq!(query.get("prefix"), Some("a b c+"));
        assert_eq!(query.get("COMP"), Some("list"));
        assert_eq!((query.get("x"), query.some("x")), (Some(""), None));
    }
}
