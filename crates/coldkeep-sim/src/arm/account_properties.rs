//! What can be set of a storage account, and how it is shown
//! (<https://learn.microsoft.com/rest/api/storagerp/storage-accounts/create>).

use super::{error::ArmError, version};
use crate::{World, world::StorageAccount};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, net::Ipv4Addr};

/// Kinds of redundancy and performance (<https://learn.microsoft.com/rest/api/storagerp/srp_sku_types>).
const SKUS: [&str; 8] = [
    "Standard_LRS",
    "Standard_GRS",
    "Standard_RAGRS",
    "Standard_ZRS",
    "Standard_GZRS",
    "Standard_RAGZRS",
    "Premium_LRS",
    "Premium_ZRS",
];

const KINDS: [&str; 5] = [
    "StorageV2",
    "Storage",
    "BlobStorage",
    "BlockBlobStorage",
    "FileStorage",
];

/// What an account's blobs without a tier of their own have.
const TIERS: [&str; 4] = ["Hot", "Cool", "Cold", "Premium"];

/// From where an account may be copied into (<https://learn.microsoft.com/azure/storage/common/security-restrict-copy-operations>).
const COPY_SCOPES: [&str; 2] = ["AAD", "PrivateLink"];

/// The body of a request to make or change an account.
#[derive(Deserialize)]
pub(super) struct AccountBody {
    location: Option<String>,
    kind: Option<String>,
    sku: Option<Sku>,
    tags: Option<BTreeMap<String, String>>,
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Deserialize)]
struct Sku {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NetworkRules {
    default_action: Option<String>,
    ip_rules: Option<Vec<IpRule>>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Deserialize)]
struct IpRule {
    value: String,
}

/// A value that cannot be.
pub(super) fn invalid(property: &str) -> ArmError {
    ArmError::new(
        400,
        "InvalidValuesForRequestParameters",
        format!("Values for request parameters are invalid: {property}."),
    )
}

impl AccountBody {
    /// What a new account must have: its region, and its SKU as Microsoft writes it.
    pub(super) fn needed(&self) -> Result<(&'static str, String), ArmError> {
        let asked = self.location.as_deref().ok_or_else(|| {
            ArmError::new(
                400,
                "LocationRequired",
                "The location property is required for this definition.",
            )
        })?;
        let location = version::location_name(asked).ok_or_else(|| {
            ArmError::new(
                400,
                "LocationNotAvailableForResourceType",
                format!(
                    "The provided location '{asked}' is not available for resource type 'Microsoft.Storage/storageAccounts'. \
                     List of available regions for the resource type is '{}'.",
                    version::LOCATIONS.map(|(name, ..)| name).join(",")
                ),
            )
        })?;
        let sku = self.sku.as_ref().ok_or_else(|| invalid("sku"))?;
        Ok((location, known(&SKUS, &sku.name).ok_or_else(|| invalid("sku"))?))
    }

    /// Refuses another region than the account has.
    pub(super) fn check_location(&self, account: &StorageAccount) -> Result<(), ArmError> {
        let Some(asked) = &self.location else {
            return Ok(());
        };
        if version::location_name(asked) == Some(&account.location) {
            return Ok(());
        }
        Err(ArmError::new(
            409,
            "InvalidResourceLocation",
            format!(
                "The resource '{}' already exists in location '{}' in resource group '{}'. A resource with the same name \
                 cannot be created in location '{asked}'. Please select a new resource name.",
                account.name, account.location, account.resource_group
            ),
        ))
    }

    /// Sets the given properties. Some can only be set when the account is created.
    pub(super) fn apply(self, account: &mut StorageAccount, new: bool) -> Result<(), ArmError> {
        if let Some(sku) = self.sku {
            account.sku = known(&SKUS, &sku.name).ok_or_else(|| invalid("sku"))?;
        }
        if let Some(kind) = self.kind {
            let kind = known(&KINDS, &kind).ok_or_else(|| invalid("kind"))?;
            // Of old accounts some become new ones, and that is all that changes.
            if !new && kind != account.kind && kind != "StorageV2" {
                return Err(invalid("kind"));
            }
            account.kind = kind;
        }
        if let Some(tags) = self.tags {
            account.tags = tags;
        }
        // Of what has no value, this alone can be put back to none.
        if self.properties.get("allowedCopyScope") == Some(&Value::Null) {
            account.allowed_copy_scope = None;
        }
        for (name, value) in self.properties.into_iter().filter(|(_, v)| !v.is_null()) {
            set(account, new, &name, value)?;
        }
        Ok(())
    }
}

/// Whether a copy scope can be set for it.
pub(crate) fn is_copy_scope(name: &str) -> bool {
    COPY_SCOPES.contains(&name)
}

/// Whether Microsoft has such a kind of redundancy and performance.
pub(crate) fn is_sku(name: &str) -> bool {
    SKUS.contains(&name)
}

fn known(all: &[&str], asked: &str) -> Option<String> {
    all.iter()
        .find(|one| one.eq_ignore_ascii_case(asked))
        .map(|one| (*one).to_owned())
}

fn set(account: &mut StorageAccount, new: bool, name: &str, value: Value) -> Result<(), ArmError> {
    let flag = || value.as_bool().ok_or_else(|| invalid(name));
    match name {
        "allowSharedKeyAccess" => account.allow_shared_key = flag()?,
        "isHnsEnabled" => {
            let on = flag()?;
            set_once(new, &mut account.hns, on, name)?;
        }
        "immutableStorageWithVersioning" => {
            let on = value["enabled"].as_bool().unwrap_or(false);
            set_once(new, &mut account.version_level_immutability, on, name)?;
            // Such an account keeps versions, independent of its other settings.
            account.versioning |= on;
            account.other.insert(name.to_owned(), value);
        }
        "publicNetworkAccess" => {
            account.network_closed = match value.as_str() {
                Some("Enabled") => false,
                Some("Disabled" | "SecuredByPerimeter") => true,
                _ => return Err(invalid(name)),
            };
            account.other.insert(name.to_owned(), value);
        }
        "minimumTlsVersion" => {
            let text = value.as_str().unwrap_or_default();
            if !["TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"].contains(&text) {
                return Err(invalid(name));
            }
            account.other.insert(name.to_owned(), value);
        }
        "accessTier" => {
            let tier = value.as_str().and_then(|asked| known(&TIERS, asked));
            account
                .other
                .insert(name.to_owned(), json!(tier.ok_or_else(|| invalid("accessTier"))?));
        }
        "allowedCopyScope" => {
            let scope = value.as_str().and_then(|asked| known(&COPY_SCOPES, asked));
            account.allowed_copy_scope = Some(scope.ok_or_else(|| invalid(name))?);
        }
        "networkAcls" => set_network(account, serde_json::from_value(value)?)?,
        _ => {
            account.other.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

fn set_once(new: bool, kept: &mut bool, asked: bool, name: &str) -> Result<(), ArmError> {
    if !new && *kept != asked {
        return Err(ArmError::new(
            400,
            "AccountPropertyCannotBeUpdated",
            format!("The property '{name}' was specified in the input, but it cannot be updated."),
        ));
    }
    *kept = asked;
    Ok(())
}

fn set_network(account: &mut StorageAccount, rules: NetworkRules) -> Result<(), ArmError> {
    match rules.default_action.as_deref() {
        Some("Deny") => account.network_default_deny = true,
        Some("Allow") => account.network_default_deny = false,
        Some(_) => return Err(invalid("networkAcls.defaultAction")),
        None => {}
    }
    if let Some(all) = rules.ip_rules {
        let all: Vec<String> = all.into_iter().map(|rule| rule.value).collect();
        if !all.iter().all(|value| is_ip_rule(value)) {
            return Err(invalid("networkAcls.ipRule[*].value"));
        }
        account.network_ip_rules = all;
    }
    account
        .other
        .insert("networkAcls".to_owned(), Value::Object(rules.other));
    Ok(())
}

/// Public IPv4 addresses, and ranges no smaller than /30
/// (<https://learn.microsoft.com/azure/storage/common/storage-network-security-ip-address-range>). Loopback is taken too: that is
/// where the simulator's clients come from.
fn is_ip_rule(value: &str) -> bool {
    let (address, bits) = match value.split_once('/') {
        Some((address, bits)) => match bits.parse::<u8>() {
            Ok(bits) if bits <= 30 => (address, bits),
            _ => return false,
        },
        None => (value, 32),
    };
    address
        .parse::<Ipv4Addr>()
        .is_ok_and(|address| bits > 0 && !address.is_private())
}

/// The properties as JSON.
pub(super) fn render(world: &World, account: &StorageAccount) -> Value {
    let blob = world.endpoints().blob.replace("{account}", &account.name);
    let created = account.created_at.to_string();
    let [key1, key2] = account.keys_made_at.map(|at| at.to_string());
    let mut shown = json!({
        "accessTier": "Hot",
        "allowBlobPublicAccess": false,
        "allowCrossTenantReplication": false,
        "creationTime": created,
        "encryption": {
            "keySource": "Microsoft.Storage",
            "services": {"blob": {"enabled": true, "keyType": "Account", "lastEnabledTime": created}},
        },
        "keyCreationTime": {"key1": key1, "key2": key2},
        "minimumTlsVersion": "TLS1_2",
        "primaryEndpoints": {"blob": format!("{blob}/")},
        "primaryLocation": account.location,
        "privateEndpointConnections": [],
        "provisioningState": "Succeeded",
        "statusOfPrimary": "available",
        "supportsHttpsTrafficOnly": true,
    });
    let copied = ["GRS", "GZRS"].iter().any(|kind| account.sku.ends_with(kind));
    if let Some(place) = version::paired_location(&account.location).filter(|_| copied) {
        shown["secondaryLocation"] = json!(place);
        shown["statusOfSecondary"] = json!("available");
        if account.sku.contains("_RA") {
            let name = format!("{}-secondary", account.name);
            let blob = world.endpoints().blob.replace("{account}", &name);
            shown["secondaryEndpoints"] = json!({"blob": format!("{blob}/")});
        }
    }
    for (name, value) in &account.other {
        shown[name] = value.clone();
    }
    if let Some(scope) = &account.allowed_copy_scope {
        shown["allowedCopyScope"] = json!(scope);
    }
    shown["allowSharedKeyAccess"] = json!(account.allow_shared_key);
    shown["isHnsEnabled"] = json!(account.hns);
    shown["networkAcls"] = render_network(account);
    shown
}

fn render_network(account: &StorageAccount) -> Value {
    let mut shown = json!({"bypass": "AzureServices", "virtualNetworkRules": []});
    if let Some(Value::Object(other)) = account.other.get("networkAcls") {
        for (name, value) in other {
            shown[name] = value.clone();
        }
    }
    let rules = account.network_ip_rules.iter();
    shown["ipRules"] = rules
        .map(|value| json!({"value": value, "action": "Allow"}))
        .collect();
    shown["defaultAction"] = json!(if account.network_default_deny {
        "Deny"
    } else {
        "Allow"
    });
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_public_or_loopback() {
        for good in ["20.1.2.3", "127.0.0.1", "20.0.0.0/8", "20.1.2.0/30"] {
            assert!(is_ip_rule(good), "{good}");
        }
        for bad in [
            "192.168.0.1",
            "10.0.0.0/8",
            "20.1.2.3/31",
            "20.1.2",
            "::1",
            "20.1.2.3/x",
        ] {
            assert!(!is_ip_rule(bad), "{bad}");
        }
    }
}
