//! Bodies of requests that hold secrets. The server's own types can only be read, so that no secret is ever written
//! by mistake; these are written here, once, for the way to the server.

use coldkeep_core::{ExposeSecret, SecretString, id::SignInId, permission::GrantWish, repository::Tier};
use coldkeep_server::requests::ApplicationWish;
use serde::{Serialize, Serializer};

/// `POST /service-accounts` and `/service-accounts/plan`.
#[derive(Debug, Serialize)]
pub struct NewServiceAccount {
    pub name: String,
    pub description: Option<String>,
    pub cloud: String,
    pub application: ApplicationWish,
    pub credential: Credential,
    pub grant: bool,
    pub grants: Vec<GrantWish>,
    pub subscriptions: Vec<String>,
    pub allow_wide_scope: bool,
    pub allow_built_in_roles: bool,
    pub allow_same_name: bool,
    pub sign_in_id: Option<SignInId>,
}

/// What the application is to prove itself with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Credential {
    GenerateCertificate {
        name: Option<String>,
        subject: Option<String>,
        key_bits: u32,
        valid_days: u32,
    },
    /// Id, name or thumbprint.
    Certificate { certificate: String },
    Pfx {
        #[serde(serialize_with = "exposed")]
        pfx_base64: SecretString,
        #[serde(serialize_with = "owned_exposed")]
        password: Option<SecretString>,
        which: Option<String>,
    },
    Secret {
        #[serde(serialize_with = "exposed")]
        secret: SecretString,
    },
}

/// `PUT /settings/network`.
#[derive(Debug, Serialize)]
pub struct ChangeNetwork {
    pub proxy: Option<String>,
    pub proxy_user: Option<String>,
    #[serde(serialize_with = "owned_exposed")]
    pub proxy_password: Option<SecretString>,
    pub no_proxy: Option<String>,
    pub ca_pem: Option<String>,
}

/// `POST /repositories`.
#[derive(Debug, Serialize)]
pub struct NewRepository {
    pub name: String,
    pub cloud: String,
    pub account: String,
    pub endpoint: Option<String>,
    pub container: String,
    pub folder: Option<String>,
    pub tier: Option<Tier>,
    pub access: Access,
}

/// `PATCH /repositories/{key}`.
#[derive(Debug, Serialize)]
pub struct EditRepository {
    pub access: Option<Access>,
    pub tier: Option<Tier>,
}

/// Who opens it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Access {
    /// Id or name.
    ServiceAccount { service_account: String },
    AccountKey {
        #[serde(serialize_with = "exposed")]
        key: SecretString,
    },
    Sas {
        #[serde(serialize_with = "exposed")]
        sas: SecretString,
    },
}

/// `POST /certificates/import`.
#[derive(Debug, Serialize)]
pub(super) struct ImportPfx<'a> {
    pub name: Option<&'a str>,
    #[serde(serialize_with = "exposed")]
    pub pfx_base64: SecretString,
    #[serde(serialize_with = "maybe_exposed")]
    pub password: Option<&'a SecretString>,
    pub which: Option<&'a str>,
}

/// `POST /certificates/look-into-pfx`.
#[derive(Debug, Serialize)]
pub(super) struct LookIntoPfx<'a> {
    #[serde(serialize_with = "exposed")]
    pub pfx_base64: SecretString,
    #[serde(serialize_with = "maybe_exposed")]
    pub password: Option<&'a SecretString>,
}

/// `POST /certificates/in-token`.
#[derive(Debug, Serialize)]
pub struct GenerateInToken {
    pub name: String,
    pub subject: Option<String>,
    pub key_bits: u32,
    pub valid_days: u32,
    pub uri: String,
    #[serde(serialize_with = "owned_exposed")]
    pub pin: Option<SecretString>,
}

/// `POST /certificates/link`.
#[derive(Debug, Serialize)]
pub struct LinkCertificate {
    pub name: Option<String>,
    pub key: LinkedKey,
}

/// Where the key is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LinkedKey {
    Token {
        uri: String,
        #[serde(serialize_with = "owned_exposed")]
        pin: Option<SecretString>,
    },
    Pem {
        certificate_path: String,
        key_path: String,
    },
}

/// `POST /certificates/{key}/export-pfx`.
#[derive(Debug, Serialize)]
pub(super) struct ExportPfx<'a> {
    #[serde(serialize_with = "exposed")]
    pub password: &'a SecretString,
}

pub(super) fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn maybe_exposed<S: Serializer>(secret: &Option<&SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.map(|s| s.expose_secret()).serialize(serializer)
}

fn owned_exposed<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    maybe_exposed(&secret.as_ref(), serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_server::requests;

    #[test]
    fn the_server_reads_what_the_client_writes() {
        let body = NewServiceAccount {
            name: "n".into(),
            description: None,
            cloud: "AzureCloud".into(),
            application: ApplicationWish::Existing {
                tenant: "t".into(),
                application_id: "a".into(),
            },
            credential: Credential::Secret {
                secret: "hush".into(),
            },
            grant: true,
            grants: vec!["copy-source=/subscriptions/s".parse().unwrap()],
            subscriptions: vec![],
            allow_wide_scope: true,
            allow_built_in_roles: false,
            allow_same_name: false,
            sign_in_id: None,
        };
        assert!(!format!("{body:?}").contains("hush"));
        let text = serde_json::to_string(&body).unwrap();
        let read: requests::NewServiceAccount = serde_json::from_str(&text).unwrap();
        assert!(
            matches!(read.credential, requests::CredentialWish::Secret { secret } if secret.expose_secret() == "hush")
        );
        assert_eq!((read.application, read.grants), (body.application, body.grants));
        assert!(read.allow_wide_scope && !read.allow_built_in_roles && !read.allow_same_name);

        for access in [
            Access::ServiceAccount {
                service_account: "sa".into(),
            },
            Access::AccountKey { key: "k".into() },
            Access::Sas { sas: "s".into() },
        ] {
            let text = serde_json::to_string(&access).unwrap();
            serde_json::from_str::<requests::AccessWish>(&text).unwrap();
        }
        let edit = EditRepository {
            access: Some(Access::Sas { sas: "s".into() }),
            tier: None,
        };
        let read: requests::EditRepository =
            serde_json::from_str(&serde_json::to_string(&edit).unwrap()).unwrap();
        assert!(matches!(read.access, Some(requests::AccessWish::Sas { .. })) && read.tier.is_none());
        let pfx = ImportPfx {
            name: None,
            pfx_base64: "AA==".into(),
            password: None,
            which: None,
        };
        serde_json::from_str::<requests::ImportPfx>(&serde_json::to_string(&pfx).unwrap()).unwrap();
    }

    #[test]
    fn the_server_reads_networks_and_linked_keys() {
        let network = ChangeNetwork {
            proxy: Some("http://proxy:1".into()),
            proxy_user: Some("u".into()),
            proxy_password: Some("hush".into()),
            no_proxy: None,
            ca_pem: None,
        };
        assert!(!format!("{network:?}").contains("hush"));
        serde_json::from_str::<requests::ChangeNetwork>(&serde_json::to_string(&network).unwrap()).unwrap();
        for key in [
            LinkedKey::Token {
                uri: "pkcs11:token=t".into(),
                pin: Some("1234".into()),
            },
            LinkedKey::Pem {
                certificate_path: "/c".into(),
                key_path: "/k".into(),
            },
        ] {
            let link = LinkCertificate { name: None, key };
            assert!(!format!("{link:?}").contains("1234"));
            serde_json::from_str::<requests::LinkCertificate>(&serde_json::to_string(&link).unwrap())
                .unwrap();
        }
    }
}
