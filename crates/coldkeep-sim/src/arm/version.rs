//! Versions of Resource Manager's interfaces: every request names one, and each provider knows its own
//! (<https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-noregisteredproviderfound>).

use super::{error::ArmError, version};
use crate::wire::call::Call;

/// Those of `Microsoft.Storage` (<https://learn.microsoft.com/azure/templates/microsoft.storage/change-log/summary>).
pub(super) const STORAGE: [&str; 33] = [
    "2026-09-01",
    "2026-04-01",
    "2025-08-01",
    "2025-06-01",
    "2025-01-01",
    "2024-01-01",
    "2023-05-01",
    "2023-04-01",
    "2023-01-01",
    "2022-09-01",
    "2022-05-01",
    "2021-09-01",
    "2021-08-01",
    "2021-06-01",
    "2021-05-01",
    "2021-04-01",
    "2021-02-01",
    "2021-01-01",
    "2020-08-01-preview",
    "2019-06-01",
    "2019-04-01",
    "2018-11-01",
    "2018-07-01",
    "2018-03-01-preview",
    "2018-02-01",
    "2017-10-01",
    "2017-06-01",
    "2016-12-01",
    "2016-05-01",
    "2016-01-01",
    "2015-06-15",
    "2015-05-01-preview",
    "2014-12-01-preview",
];

/// Regions in which accounts can be created: the name, the display name, and the region of the second copy of its data
/// (<https://learn.microsoft.com/azure/reliability/regions-paired>).
pub(super) const LOCATIONS: [(&str, &str, &str); 12] = [
    ("eastus", "East US", "westus"),
    ("eastus2", "East US 2", "centralus"),
    ("westus2", "West US 2", "westcentralus"),
    ("centralus", "Central US", "eastus2"),
    ("northeurope", "North Europe", "westeurope"),
    ("westeurope", "West Europe", "northeurope"),
    ("germanywestcentral", "Germany West Central", "germanynorth"),
    ("swedencentral", "Sweden Central", "swedensouth"),
    ("francecentral", "France Central", "francesouth"),
    ("uksouth", "UK South", "ukwest"),
    ("switzerlandnorth", "Switzerland North", "switzerlandwest"),
    ("australiaeast", "Australia East", "australiasoutheast"),
];

/// The version a request asks for. Errors: none, or one that is not a date.
pub(super) fn asked(call: &Call) -> Result<&str, ArmError> {
    let Some(version) = call.query("api-version").filter(|v| !v.is_empty()) else {
        return Err(ArmError::new(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    if is_version(version) {
        return Ok(version);
    }
    Err(ArmError::new(
        400,
        "InvalidApiVersionParameter",
        format!(
            "The api-version '{version}' is invalid: it is a date, as in 2022-09-01, with -preview or without."
        ),
    ))
}

/// A date, and whether it is a preview.
fn is_version(text: &str) -> bool {
    let date = text.strip_suffix("-preview").unwrap_or(text);
    date.len() == 10 && date.parse::<jiff::civil::Date>().is_ok()
}

/// Refuses versions that the storage provider does not know. If nothing names the region, as in a list, Resource
/// Manager has no type of that name in such a version.
pub(super) fn check_storage(version: &str, location: Option<&str>) -> Result<(), ArmError> {
    if STORAGE.contains(&version) {
        return Ok(());
    }
    let known = STORAGE.join(", ");
    Err(match location {
        Some(location) => ArmError::new(
            400,
            "NoRegisteredProviderFound",
            format!(
                "No registered resource provider found for location '{location}' and API version '{version}' for type \
                 'storageAccounts'. The supported api-versions are '{known}'. The supported locations are '{}'.",
                LOCATIONS.map(|(name, ..)| name).join(", ")
            ),
        ),
        None => ArmError::new(
            404,
            "InvalidResourceType",
            format!(
                "The resource type 'storageAccounts' could not be found in the namespace 'Microsoft.Storage' for api version \
                 '{version}'. The supported api-versions are '{known}'."
            ),
        ),
    })
}

/// A region's name as Resource Manager writes it: `West Europe` is `westeurope`.
pub(super) fn location_name(given: &str) -> Option<&'static str> {
    let plain: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    LOCATIONS
        .iter()
        .map(|(name, ..)| *name)
        .find(|name| name.eq_ignore_ascii_case(&plain))
}

/// The region that has the second copy of another's data.
pub(super) fn paired_location(name: &str) -> Option<&'static str> {
    let found = LOCATIONS.iter().find(|(location, ..)| *location == name);
    found.map(|(.., paired)| *paired)
}

/// Whether accounts can be in that region.
pub(crate) fn is_location(name: &str) -> bool {
    version::location_name(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_dates() {
        assert!(is_version("2022-04-01"));
        assert!(is_version("2021-07-01-preview"));
        assert!(!is_version("2022-13-01"));
        assert!(!is_version("latest"));
        assert!(check_storage("2023-05-01", None).is_ok());
        assert!(check_storage("2022-04-01", Some("westeurope")).is_err());
        assert_eq!(location_name("West Europe"), Some("westeurope"));
    }
}
