//! The answers to the service-account wizard, step by step. No answer holds a secret: passwords, files and client
//! secrets stay with the surface that asked for them, and the answer only records that they were given.

use crate::{certificate::NewCertificate, id::SignInId, permission::GrantRequest};
use serde::{Deserialize, Serialize};

/// Which cloud, and where the application comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// A cloud's name, as in `cloud list`.
    pub cloud: String,
    pub method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Register a new Microsoft Entra ID application automatically.
    Register,
    /// Use an existing Microsoft Entra ID application.
    Existing,
}

/// The application that is to be registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewApplication {
    /// The service account's name and the application's display name.
    pub name: String,
    #[serde(default)]
    pub description: String,
}

/// The application that is to be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingApplication {
    /// GUID or verified domain.
    pub tenant: String,
    /// The client id, a GUID.
    pub application_id: String,
    /// The service account's name; empty: the application's, or one derived from its id.
    #[serde(default)]
    pub name: String,
    pub authentication: Authentication,
    /// Grant the required permissions to this application and register its certificate.
    pub grant: bool,
    #[serde(default)]
    pub description: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    Certificate,
    Secret,
}

/// Which certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CertificateAnswer {
    /// A new self-signed one.
    Generate(NewCertificate),
    /// One of the certificate store: id, name or thumbprint.
    Stored { certificate: String },
    /// One out of a PFX file, which is held elsewhere together with its password.
    Pfx,
}

/// Who signed in. It lasts as long as the process that keeps the tokens, so it is never written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    pub sign_in_id: SignInId,
    pub cloud: String,
    pub tenant_id: String,
    pub user_principal_name: String,
}

/// One answer to one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Connection(Connection),
    NewApplication(NewApplication),
    ExistingApplication(ExistingApplication),
    Certificate(CertificateAnswer),
    /// The client secret was given; it is held elsewhere.
    Secret,
    SignIn(SignedIn),
    /// Ids of the subscriptions to look in. They grant nothing.
    Subscriptions(Vec<String>),
    Grants(Vec<GrantRequest>),
    /// The plan was reviewed, and is to be carried out.
    Review,
}

/// Everything answered so far. What belongs to a path that was left stays, for anyone who comes back to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    #[serde(default)]
    pub connection: Option<Connection>,
    #[serde(default)]
    pub new_application: Option<NewApplication>,
    #[serde(default)]
    pub existing_application: Option<ExistingApplication>,
    #[serde(default)]
    pub certificate: Option<CertificateAnswer>,
    /// Whether the client secret was given.
    #[serde(default)]
    pub secret: bool,
    #[serde(skip)]
    pub sign_in: Option<SignedIn>,
    #[serde(default)]
    pub subscriptions: Option<Vec<String>>,
    #[serde(default)]
    pub grants: Option<Vec<GrantRequest>>,
    #[serde(skip)]
    pub reviewed: bool,
}

impl Answers {
    /// The service account's name on the path that was chosen.
    pub fn name(&self) -> Option<&str> {
        match self.connection.as_ref()?.method {
            Method::Register => self.new_application.as_ref().map(|a| a.name.as_str()),
            Method::Existing => self.existing_application.as_ref().map(|a| a.name.as_str()),
        }
    }

    /// Its description on the path that was chosen.
    pub fn description(&self) -> Option<&str> {
        match self.connection.as_ref()?.method {
            Method::Register => self.new_application.as_ref().map(|a| a.description.as_str()),
            Method::Existing => self.existing_application.as_ref().map(|a| a.description.as_str()),
        }
    }

    /// The application that is to be used, where that is the method.
    pub fn existing(&self) -> Option<&ExistingApplication> {
        match self.connection.as_ref()?.method {
            Method::Register => None,
            Method::Existing => self.existing_application.as_ref(),
        }
    }

    /// Whether anything in Entra or Azure will be created, so that a sign-in is needed.
    pub fn changes_azure(&self) -> Option<bool> {
        match self.connection.as_ref()?.method {
            Method::Register => Some(true),
            Method::Existing => self.existing_application.as_ref().map(|a| a.grant),
        }
    }
}
