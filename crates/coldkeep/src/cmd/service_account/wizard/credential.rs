//! The steps about what the application proves itself with. The file, its password and the secret stay in this
//! process, apart from the answers.

use super::{
    Guide,
    prompts::{PromptResult, choose, say, say_problem, search, secret, text},
};
use crate::{
    cmd::certificate::{KeyKind, VALID_DAYS},
    input,
    print::plain,
};
use coldkeep_api::{ImportPfx, PfxFile, PfxKey};
use coldkeep_core::{
    Clock, Code, ExposeSecret, Problem, SecretString, SystemClock,
    certificate::{Certificate, NewCertificate, VALID_DAYS_MAX},
    moment::{end_words, never_ends},
    wizard::{Answer, CertificateAnswer},
};
use std::path::Path;

#[derive(Clone, Copy, PartialEq, Eq)]
enum CertificateOrigin {
    Generate,
    Store,
    Pfx,
}

impl Guide<'_> {
    pub(super) async fn ask_certificate(&mut self) -> PromptResult<Answer> {
        let answers = self.wizard.answers();
        let registers = answers.changes_azure() != Some(false);
        let before = answers.certificate.as_ref().map(|c| match c {
            CertificateAnswer::Generate(_) => CertificateOrigin::Generate,
            CertificateAnswer::Stored { .. } => CertificateOrigin::Store,
            CertificateAnswer::Pfx => CertificateOrigin::Pfx,
        });
        let mut ways = vec![
            (
                CertificateOrigin::Store,
                "Select one from the certificate store of this server".to_owned(),
                String::new(),
            ),
            (
                CertificateOrigin::Pfx,
                "Import one from a PFX file".to_owned(),
                String::new(),
            ),
        ];
        if registers {
            let label = "Generate a new self-signed certificate".to_owned();
            ways.insert(0, (CertificateOrigin::Generate, label, String::new()));
        }
        let answer = match choose("Which certificate?", &ways, before.as_ref())? {
            CertificateOrigin::Generate => self.ask_generated()?,
            CertificateOrigin::Store => self.ask_stored().await?,
            CertificateOrigin::Pfx => self.ask_pfx().await?,
        };
        say(if registers {
            "Its public part will be registered with the application, in addition to existing certificates."
        } else {
            "It must already be registered with the application: Coldkeep only tests that it works."
        })?;
        Ok(Answer::Certificate(answer))
    }

    fn ask_generated(&self) -> PromptResult<CertificateAnswer> {
        let answers = self.wizard.answers();
        let before = match answers.certificate.clone() {
            Some(CertificateAnswer::Generate(before)) => before,
            _ => NewCertificate {
                name: None,
                subject: None,
                key_bits: KeyKind::Rsa3072.bits(),
                valid_days: VALID_DAYS,
            },
        };
        let any = |_: &String| Ok(());
        let own = answers.name().unwrap_or_default();
        let name = before.name.as_deref().unwrap_or(own);
        let name = text("Friendly name", Some(name), false, any)?;
        let offered = before.subject.unwrap_or_else(|| name.clone());
        let subject = text("Subject (common name)", Some(&offered), false, any)?;
        let key = |bits: u32, hint: &str| (bits, format!("RSA {bits}"), hint.to_owned());
        let keys = [key(2048, ""), key(3072, "recommended"), key(4096, "")];
        let key_bits = choose("Which key?", &keys, Some(&before.key_bits))?;
        let whole = |given: &String| match given.trim().parse::<u32>() {
            Ok(1..=VALID_DAYS_MAX) => Ok(()),
            _ => Err(format!("Write a number of days, 1 to {VALID_DAYS_MAX}.")),
        };
        let days = before.valid_days.to_string();
        let valid_days = text("Valid for how many days?", Some(&days), false, whole)?;
        Ok(CertificateAnswer::Generate(NewCertificate {
            name: Some(name),
            subject: Some(subject),
            key_bits,
            valid_days: valid_days.parse().unwrap_or(VALID_DAYS),
        }))
    }

    async fn ask_stored(&self) -> PromptResult<CertificateAnswer> {
        let all = self.context.client.list_certificates().await?;
        if all.is_empty() {
            return Err(Problem::new(
                Code::CertificateStoreEmpty,
                "The certificate store is empty",
                "Generate one here, or import a PFX file.",
            )
            .into());
        }
        let before = match &self.wizard.answers().certificate {
            Some(CertificateAnswer::Stored { certificate }) => Some(certificate),
            _ => None,
        };
        let items: Vec<_> = all
            .iter()
            .map(|c| {
                // All of it is searched, so all of it is the label.
                let label = format!("{}: {}; key: {}", c.name, in_short(c), c.key_location);
                (c.id.to_string(), label, String::new())
            })
            .collect();
        let certificate = search("Which one? (type to search)", &items, before)?;
        Ok(CertificateAnswer::Stored { certificate })
    }

    /// The file is opened here and now, so that a wrong password is corrected where it was typed.
    async fn ask_pfx(&mut self) -> PromptResult<CertificateAnswer> {
        let readable = |given: &String| {
            input::read_bytes(Path::new(given.trim()))
                .map(drop)
                .map_err(|problem| format!("{}.", problem.what))
        };
        let path = text("Path of the PFX file", None, false, readable)?;
        let bytes = input::read_bytes(Path::new(&path))?;
        let client = self.context.client;
        let (keys, mut file) = loop {
            let file = PfxFile::new(&bytes, ask_password()?, None);
            match client.look_into_pfx(&file).await {
                Ok(keys) => break (keys, file),
                Err(problem) if asks_for_password(&problem) => say_problem(&problem)?,
                // No password turns it into another file.
                Err(problem) => return Err(problem.into()),
            }
        };
        file.which = ask_which(&keys)?;
        let request = ImportPfx { name: None, file };
        let found = client.inspect_certificate(&request).await?;
        let line = in_short(&found);
        say(format!("{}: {line}, SHA-1 {}", found.name, found.thumbprint_sha1))?;
        self.held.pfx = Some(request.file);
        Ok(CertificateAnswer::Pfx)
    }

    pub(super) fn ask_secret(&mut self) -> PromptResult<Answer> {
        say("Entra shows a client secret only once, when it is created. Coldkeep does not show it again.")?;
        self.held.secret = Some(secret("Client secret", false)?.into());
        Ok(Answer::Secret)
    }
}

/// The thumbprint of the chosen one, if the file has several keys, or several certificates of one.
fn ask_which(keys: &[PfxKey]) -> PromptResult<Option<String>> {
    if keys.len() < 2 {
        return Ok(None);
    }
    let items: Vec<_> = keys
        .iter()
        .map(|key| {
            let name = key.friendly_name.as_deref().unwrap_or(&key.issued_to);
            let label = format!("{name}, {}", end_words(key.not_after));
            let hint = format!("{}, SHA-1 {}", key.issued_to, key.thumbprint_sha1);
            (key.thumbprint_sha1.clone(), label, hint)
        })
        .collect();
    choose("Which key and certificate of the file?", &items, None).map(Some)
}

fn ask_password() -> PromptResult<Option<SecretString>> {
    let password = secret("Its password (empty: none)", true)?;
    Ok((!password.expose_secret().is_empty()).then_some(password))
}

/// Issued to and by, until when.
fn in_short(certificate: &Certificate) -> String {
    let days = certificate.days_left(SystemClock.now());
    let issuer = if certificate.issued_by == certificate.issued_to {
        "self-signed".to_owned()
    } else {
        format!("by {}", certificate.issued_by)
    };
    let end = end_words(certificate.not_after);
    let left = match days {
        _ if never_ends(certificate.not_after) => String::new(),
        i64::MIN..0 => " (expired)".to_owned(),
        _ => format!(" ({days} days left)"),
    };
    plain(&format!(
        "{}, {issuer}, {}, {end}{left}",
        certificate.issued_to, certificate.key
    ))
}

/// Whether another password may help.
fn asks_for_password(problem: &Problem) -> bool {
    matches!(problem.code, Code::PfxPasswordWrong | Code::PfxPasswordNeeded)
}
