//! What the flags of `service-account add` answer, and what is read for them.

use super::{add::AddServiceAccount, wizard::Held, wizard::Pfx};
use crate::{
    client::Credential,
    cmd::{
        Context,
        certificate::{KeyKind, VALID_DAYS},
    },
    failure::Failure,
    input,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::{
    ExposeSecret,
    wizard::{
        Answers, Authentication, CertificateAnswer, Connection, ExistingApplication, Method, NewApplication,
        Step,
    },
};

/// Which flags a step needs that has no answer.
pub fn missing(step: Step) -> &'static str {
    match step {
        Step::Connection => {
            "say where the application comes from: --register or --existing (on a terminal, it is asked for)"
        }
        Step::NewApplication => "name the service account: --name",
        Step::ExistingApplication => "say which application: --name, --tenant and --application",
        Step::Secret => "give its secret: --secret-file",
        _ => {
            "say how it proves itself: --generate-certificate, --certificate, --pfx or, for an existing application, \
             --secret-file"
        }
    }
}

impl AddServiceAccount {
    /// What the flags say, as answers of the wizard; a step whose flags are not all there has none.
    pub fn answers(&self) -> Answers {
        let description = self.description.clone().unwrap_or_default();
        let method = match (self.register, self.existing) {
            (true, _) => Some(Method::Register),
            (_, true) => Some(Method::Existing),
            _ => None,
        };
        Answers {
            connection: method.map(|method| Connection {
                cloud: self.cloud.clone(),
                method,
            }),
            new_application: self.name.clone().map(|name| NewApplication {
                name,
                description: description.clone(),
            }),
            existing_application: self.existing_answer(description),
            certificate: self.certificate_answer(),
            secret: self.secret_file.is_some(),
            subscriptions: (!self.subscription.is_empty()).then(|| self.subscription.clone()),
            grants: (!self.grant_on.is_empty()).then(|| self.grant_on.clone()),
            ..Answers::default()
        }
    }

    fn existing_answer(&self, description: String) -> Option<ExistingApplication> {
        Some(ExistingApplication {
            tenant: self.tenant.clone()?,
            application_id: self.application.clone()?,
            name: self.name.clone()?,
            authentication: if self.secret_file.is_some() {
                Authentication::Secret
            } else {
                Authentication::Certificate
            },
            grant: self.grant || !self.grant_on.is_empty(),
            description,
        })
    }

    fn certificate_answer(&self) -> Option<CertificateAnswer> {
        if let Some(certificate) = &self.certificate {
            return Some(CertificateAnswer::Stored {
                certificate: certificate.clone(),
            });
        }
        if self.pfx.is_some() {
            return Some(CertificateAnswer::Pfx);
        }
        self.generate_certificate.then(|| CertificateAnswer::Generate {
            name: None,
            subject: None,
            key_bits: KeyKind::Rsa3072.bits(),
            valid_days: VALID_DAYS,
        })
    }

    /// The credential that the flags name, its files read.
    pub fn credential(&self, context: Context<'_>) -> Result<Credential, Failure> {
        if let Some(certificate) = &self.certificate {
            return Ok(Credential::Certificate {
                certificate: certificate.clone(),
            });
        }
        if let Some(file) = &self.secret_file {
            return Ok(Credential::Secret {
                secret: input::read_secret_text(file)?,
            });
        }
        match self.read_pfx(context)? {
            Some(pfx) => Ok(Credential::Pfx {
                pfx_base64: STANDARD.encode(pfx.bytes.expose_secret()).into(),
                password: pfx.password,
                which: pfx.which,
            }),
            None => Ok(Credential::GenerateCertificate {
                key_bits: KeyKind::Rsa3072.bits(),
                valid_days: VALID_DAYS,
            }),
        }
    }

    /// The files that the flags name, for the wizard to go on with.
    pub fn held(&self, context: Context<'_>) -> Result<Held, Failure> {
        let secret = self.secret_file.as_deref().map(input::read_secret_text);
        Ok(Held {
            pfx: self.read_pfx(context)?,
            secret: secret.transpose()?,
        })
    }

    fn read_pfx(&self, context: Context<'_>) -> Result<Option<Pfx>, Failure> {
        let Some(file) = &self.pfx else { return Ok(None) };
        let bytes = input::read_secret_bytes(file)?;
        let password = match &self.pfx_password_file {
            Some(file) => Some(input::read_secret_text(file)?),
            None => input::prompt_secret(
                context.global,
                &format!("Password of {} (empty: none)", file.display()),
            )?,
        };
        Ok(Some(Pfx {
            bytes,
            password,
            which: None,
        }))
    }
}
