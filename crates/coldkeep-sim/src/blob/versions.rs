//! Versions of the service: which it knows, and what came with which
//! (<https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services>).

use super::reply::Refusal;

/// The first and the last that can be asked for.
const KNOWN: [&str; 2] = ["2009-09-19", "2027-03-07"];

/// Operations by the word in `comp`, and since when there are such.
const SINCE: [(&str, &str); 9] = [
    ("appendblock", "2015-02-21"),
    ("tier", "2017-04-17"),
    ("undelete", "2017-07-29"),
    ("userdelegationkey", "2018-11-09"),
    ("batch", "2018-11-09"),
    ("tags", "2019-12-12"),
    ("blobs", "2019-12-12"),
    ("seal", "2019-12-12"),
    ("immutabilityPolicies", "2020-06-12"),
];

/// Whether it can be a version of the service.
pub(super) fn is_known(version: &str) -> bool {
    let date = version.len() == KNOWN[0].len() && version.parse::<jiff::civil::Date>().is_ok();
    date && version >= KNOWN[0] && version <= KNOWN[1]
}

/// Refuses versions that do not exist, and operations that the version asked for does not have.
pub(super) fn check_version(version: Option<&str>, comp: &str) -> Result<(), Refusal> {
    let Some(version) = version else { return Ok(()) };
    if !is_known(version) {
        return Err(Refusal::invalid_header("x-ms-version"));
    }
    match SINCE.iter().find(|(word, _)| *word == comp) {
        Some((_, since)) if version < *since => Err(Refusal::invalid_query("comp")),
        _ => Ok(()),
    }
}

/// The version in replies if the request names none.
pub(super) const DEFAULT_VERSION: &str = "2025-11-05";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_know_what_came_with_them() {
        let code = |version, comp| {
            check_version(Some(version), comp)
                .err()
                .map(|refusal| refusal.code)
        };
        assert_eq!(code("2026-12-06", "tags"), None);
        assert_eq!(code("2009-09-19", ""), None);
        assert_eq!(code("2019-07-07", "tags"), Some("InvalidQueryParameterValue"));
        assert_eq!(code("2019-12-12", "tags"), None);
        for unknown in ["2099-01-01", "2008-10-27", "latest", "2020-13-45", ""] {
            assert_eq!(code(unknown, ""), Some("InvalidHeaderValue"), "{unknown}");
        }
        assert!(check_version(None, "tags").is_ok());
    }
}
