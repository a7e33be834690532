//! A container of a storage account: where it is, who opens it, over which connections.

use coldkeep_core::{Code, Problem, SecretSlice, SecretString, Timestamp, cloud::check_endpoint};
use std::{fmt, sync::Arc};

use crate::{Azure, Deadlines, Meter, Service, transport::gate::Gate};

use super::{
    BlobAuth, SasKey, auth, error,
    names::{encode_name, encode_value},
    sas,
};

/// A container of a storage account and who opens it. Cheap to clone.
#[derive(Clone)]
pub struct Container {
    pub(super) azure: Azure,
    pub(super) gate: Arc<Gate>,
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) account: String,
    pub(super) endpoint: String,
    pub(super) container: String,
    pub(super) auth: BlobAuth,
    /// The bytes of an account key; empty for any other credential.
    pub(super) key: SecretSlice<u8>,
    pub(super) service: Service,
}

impl Container {
    /// Nothing is sent yet. `endpoint` is the account's blob endpoint where it is not the one the cloud names.
    ///
    /// # Errors
    /// If the endpoint is not a URL (plain HTTP is for loopback in custom clouds alone), if the account's or the
    /// container's name cannot be one, or if the key is not base64.
    pub fn new(
        azure: &Azure,
        account: &str,
        endpoint: Option<&str>,
        container: &str,
        auth: BlobAuth,
    ) -> Result<Self, Problem> {
        check_name(Code::StorageAccountNameInvalid, "storage account", account, |c| {
            c.is_ascii_lowercase() || c.is_ascii_digit()
        })?;
        check_name(Code::ContainerNameInvalid, "container", container, |c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '$')
        })?;
        let cloud = azure.cloud();
        let endpoint = endpoint.map_or_else(|| cloud.blob_endpoint_of(account), str::to_owned);
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        check_endpoint("The endpoint", &endpoint, cloud.builtin)?;
        let key = match &auth {
            BlobAuth::Key(key) => auth::decode_key(key).ok_or_else(|| {
                Problem::new(
                    Code::AccountKeyInvalid,
                    format!("The key of the storage account `{account}` is not base64"),
                    "Copy one of the account's two access keys completely from the portal.",
                )
            })?,
            BlobAuth::Token(_) | BlobAuth::Sas(_) => SecretSlice::from(Vec::new()),
        };
        // Shared Key signs every `x-ms-` header, so what is added to each try must not be one of them.
        let id_header = if matches!(auth, BlobAuth::Key(_)) {
            "client-request-id"
        } else {
            "x-ms-client-request-id"
        };
        let name = format!("Azure Blob Storage (account {account}, container {container})");
        let service = Service::new(&name, &endpoint, id_header, error::understand);
        let inner = Inner {
            account: account.into(),
            endpoint,
            container: container.into(),
            auth,
            key,
            service,
        };
        Ok(Self {
            azure: azure.clone(),
            gate: azure.gate(&inner.endpoint),
            inner: Arc::new(inner),
        })
    }

    pub fn account(&self) -> &str {
        &self.inner.account
    }

    /// The account's blob endpoint, without a trailing slash.
    pub fn endpoint(&self) -> &str {
        &self.inner.endpoint
    }

    pub fn container(&self) -> &str {
        &self.inner.container
    }

    pub fn auth(&self) -> &BlobAuth {
        &self.inner.auth
    }

    /// The cloud and connections it is reached by.
    pub fn azure(&self) -> &Azure {
        &self.azure
    }

    /// This container with another meter, over its existing connections.
    #[must_use]
    pub fn with_meter(&self, meter: Arc<Meter>) -> Self {
        Self {
            azure: self.azure.with_meter(meter),
            ..self.clone()
        }
    }

    /// This container with at most this number of requests a second over the new handle and its clones.
    #[must_use]
    pub fn with_pace(&self, requests_per_second: Option<u32>) -> Self {
        let azure = self.azure.with_pace(requests_per_second);
        Self {
            gate: azure.gate(&self.inner.endpoint),
            azure,
            inner: self.inner.clone(),
        }
    }

    /// This container with the deadlines of an unattended run ([`Deadlines::patient`]).
    #[must_use]
    pub fn patient(&self) -> Self {
        let deadlines: Deadlines = self.azure.deadlines().patient();
        Self {
            azure: self.azure.with_deadlines(deadlines),
            ..self.clone()
        }
    }

    /// The address of a blob (or of one version of it), percent-encoded, without a credential: as a copy's source. Empty
    /// if the blob has no name: the container's address would be that of a blob of `$root`.
    pub fn blob_url(&self, name: &str, version_id: Option<&str>) -> String {
        if name.is_empty() {
            return String::new();
        }
        let mut url = format!(
            "{}/{}/{}",
            self.inner.endpoint,
            self.inner.container,
            encode_name(name)
        );
        if let Some(version) = version_id {
            url.push_str("?versionid=");
            url.push_str(&encode_value(version));
        }
        url
    }

    /// A SAS for reading every blob of this container (and only that): the query string, without `?`. Let `start`
    /// lie 15 minutes back, for clocks that differ. A delegation key's own times must enclose these.
    pub fn sign_read_sas(&self, key: SasKey<'_>, start: Timestamp, expiry: Timestamp) -> SecretString {
        let https_only = self.inner.endpoint.starts_with("https:");
        let grant = sas::Grant {
            account: self.account(),
            container: self.container(),
            start,
            expiry,
            https_only,
        };
        sas::sign_read(key, &grant)
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Container({}/{})", self.inner.endpoint, self.inner.container)
    }
}

/// Refuses what would turn the URL into another address; whether such a name exists is for the service to check.
fn check_name(code: Code, what: &str, name: &str, allowed: impl Fn(char) -> bool) -> Result<(), Problem> {
    if (1..=63).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Problem::new(
        code,
        format!("`{name}` is not the name of a {what}"),
        format!("Write the {what}'s name as the portal shows it: lower-case letters and digits."),
    ))
}
