//! The flags that `service-account add` and `script` share, and what they answer of the wizard's questions.

use super::{description, pfx::PfxArgs, wizard::FromFlags};
use crate::{
    cmd::certificate::{KeyKind, VALID_DAYS},
    print::fix::parsed,
};
use clap::{ArgGroup, Args};
use coldkeep_core::{
    certificate::{NewCertificate, VALID_DAYS_MAX},
    permission::GrantRequest,
    wizard::{
        Answers, Authentication, CertificateAnswer, Connection, ExistingApplication, Method, NewApplication,
        Step,
    },
};

/// Which application, what it proves itself with, and what it is granted.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("origin").args(["register", "existing"])))]
#[command(group(ArgGroup::new("proof").args(["generate_certificate", "certificate", "pfx"])))]
pub struct ApplicationArgs {
    /// Its name here, and the new application's name [default for an existing application: its own name, or a
    /// name derived from its id]
    #[arg(long)]
    pub name: Option<String>,
    /// The cloud it is in [default: AzureCloud]
    #[arg(long, value_name = "C")]
    pub cloud: Option<String>,
    /// Register a new application
    #[arg(long)]
    pub register: bool,
    /// Use an existing application
    #[arg(long)]
    pub existing: bool,
    /// The tenant: its id or a verified domain
    #[arg(long, value_name = "ID")]
    pub tenant: Option<String>,
    /// The application's (client) id
    #[arg(long, value_name = "ID", requires = "existing", conflicts_with = "register")]
    pub application: Option<String>,
    /// Authenticate with a new self-signed certificate
    // `requires` alone has no effect if another credential rules `--pfx` out.
    #[arg(long, conflicts_with_all = ["pfx_password_file", "which"])]
    pub generate_certificate: bool,
    /// The new certificate's friendly name [default: the service account's]
    #[arg(long, value_name = "NAME", requires = "generate_certificate")]
    pub certificate_name: Option<String>,
    /// The new certificate's common name [default: its friendly name]
    #[arg(long, value_name = "CN", requires = "generate_certificate")]
    pub subject: Option<String>,
    /// The kind of the new key [default: rsa3072]
    #[arg(long, value_enum, requires = "generate_certificate")]
    pub key: Option<KeyKind>,
    /// How long the new certificate is valid [default: 365]
    #[arg(long, value_name = "N", requires = "generate_certificate", value_parser = clap::value_parser!(u32).range(1..=i64::from(VALID_DAYS_MAX)))]
    pub valid_days: Option<u32>,
    /// Authenticate with a certificate of the certificate store
    #[arg(long, value_name = "THUMBPRINT|NAME", conflicts_with_all = ["pfx_password_file", "which"])]
    pub certificate: Option<String>,
    #[command(flatten)]
    pub pfx: PfxArgs,
    /// Grant it a permission set on a resource; can be repeated
    #[arg(long, value_name = "PERMISSION-SET=RESOURCE-ID[,folder=FOLDER]", value_parser = parsed::<GrantRequest>)]
    pub grant_on: Vec<GrantRequest>,
    /// Allow grants at subscription or resource-group scope
    #[arg(long)]
    pub allow_wide_scope: bool,
    /// Free-text description [default: who created it, where and when]
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

/// Which flags a step needs that has no answer.
pub fn missing(step: Step) -> &'static str {
    match step {
        Step::Connection => {
            "choose where the application comes from: --register or --existing (on a terminal, `add` asks)"
        }
        Step::NewApplication => "name the service account: --name",
        Step::ExistingApplication => "name the application: --tenant and --application",
        Step::Secret => "give its secret: --secret-file",
        _ => {
            "choose how it authenticates: --generate-certificate, --certificate, --pfx or, for an existing \
             application, --secret-file"
        }
    }
}

impl ApplicationArgs {
    /// The chosen cloud.
    pub fn cloud(&self) -> &str {
        self.cloud.as_deref().unwrap_or("AzureCloud")
    }

    /// Where the application comes from, if that is given.
    fn method(&self) -> Option<Method> {
        match (self.register, self.existing) {
            (true, _) => Some(Method::Register),
            (_, true) => Some(Method::Existing),
            _ => None,
        }
    }

    /// The values of the flags, page by page of the wizard or in part.
    pub fn given(&self) -> FromFlags {
        let certificate = self.certificate_answer();
        FromFlags {
            cloud: self.cloud.clone(),
            method: self.method(),
            name: self.name.clone(),
            description: self.description.clone(),
            tenant: self.tenant.clone(),
            application_id: self.application.clone(),
            authentication: certificate.as_ref().map(|_| Authentication::Certificate),
            grant: (!self.grant_on.is_empty()).then_some(true),
            certificate,
            grants: (!self.grant_on.is_empty()).then(|| self.grant_on.clone()),
            ..FromFlags::default()
        }
    }

    /// The values of the flags, as answers of the wizard; a step whose flags are not all given has none.
    pub fn answers(&self, authentication: Authentication, grant: bool) -> Answers {
        let description = self.description.clone().unwrap_or_else(description::own);
        let method = self.method();
        let new_application = self.name.clone().map(|name| NewApplication {
            name,
            description: description.clone(),
        });
        Answers {
            connection: method.map(|method| Connection {
                cloud: self.cloud().to_owned(),
                method,
            }),
            new_application,
            existing_application: self.existing_answer(description, authentication, grant),
            certificate: self.certificate_answer(),
            secret: authentication == Authentication::Secret,
            grants: (!self.grant_on.is_empty()).then(|| self.grant_on.clone()),
            ..Answers::default()
        }
    }

    fn existing_answer(
        &self,
        description: String,
        authentication: Authentication,
        grant: bool,
    ) -> Option<ExistingApplication> {
        Some(ExistingApplication {
            tenant: self.tenant.clone()?,
            application_id: self.application.clone()?,
            // Without one it is called as the application is.
            name: self.name.clone().unwrap_or_default(),
            authentication,
            grant: grant || !self.grant_on.is_empty(),
            description,
        })
    }

    fn certificate_answer(&self) -> Option<CertificateAnswer> {
        if let Some(certificate) = &self.certificate {
            return Some(CertificateAnswer::Stored {
                certificate: certificate.clone(),
            });
        }
        if self.pfx.pfx.is_some() {
            return Some(CertificateAnswer::Pfx);
        }
        self.generate_certificate.then(|| {
            CertificateAnswer::Generate(NewCertificate {
                name: self.certificate_name.clone(),
                subject: self.subject.clone(),
                key_bits: self.key.unwrap_or(KeyKind::Rsa3072).bits(),
                valid_days: self.valid_days.unwrap_or(VALID_DAYS),
            })
        })
    }
}
