//! Why a PFX is refused, and the texts for it.

use super::ber::BerError;
use crate::rsa_key::KeyRefusal;
use coldkeep_core::{Code, Fix, Problem, Timestamp, fix, problem::Field};

/// The reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is another format; which, if that is known.
    NotPfx(String),
    /// It is a certificate, without a key.
    OnlyCertificate,
    /// It is PEM text, and not of a key with its certificate: what is wrong with it.
    Pem(String, Fix),
    /// What is wrong with a PEM text, from where it is read.
    Told(Box<Problem>),
    TooLarge,
    Truncated,
    /// It is a PFX, but its inside is not.
    Damaged(String),
    PasswordNeeded,
    WrongPassword,
    /// The file's password is right, yet something in it has another one.
    OtherPassword,
    /// An unsupported scheme: its name.
    Scheme(String),
    Iterations,
    /// Encrypted to a certificate or to a Windows account instead of under a password.
    WindowsAccount,
    /// Signed with a certificate instead of protected by a password.
    Signed,
    NoKey,
    NoCertificate,
    Mismatch,
    Key(KeyRefusal),
    /// The names of the keys to choose from.
    Several(Vec<String>),
    /// The names of the certificates of one key to choose from.
    SeveralCertificates(Vec<String>),
    /// What was asked for, and what there is.
    NotAmong(String, Vec<String>),
    Expired(Timestamp),
}

const EXPORT_AGAIN: &str =
    "Export the certificate again as PFX (PKCS#12), with its private key and a password.";

impl From<BerError> for Refusal {
    fn from(error: BerError) -> Self {
        match error {
            BerError::Truncated => Refusal::Damaged("a part is longer than its container".to_owned()),
            BerError::Malformed(why) => Refusal::Damaged(why.to_owned()),
        }
    }
}

impl Refusal {
    /// What to tell about a PFX.
    pub fn problem(self) -> Problem {
        let code = self.code();
        let (what, next) = self.words();
        Problem::new(code, format!("The PFX cannot be imported: {what}"), next)
    }

    /// What to tell about a pair of PEM files.
    pub fn problem_pem(self) -> Problem {
        let code = self.code();
        let (what, next) = self.words();
        Problem::new(code, format!("The certificate cannot be used: {what}"), next)
    }

    fn code(&self) -> Code {
        match self {
            Refusal::PasswordNeeded => Code::PfxPasswordNeeded,
            Refusal::WrongPassword => Code::PfxPasswordWrong,
            Refusal::OtherPassword
            | Refusal::Scheme(_)
            | Refusal::Iterations
            | Refusal::WindowsAccount
            | Refusal::Signed => Code::PfxEncryptionUnsupported,
            Refusal::Several(_) | Refusal::SeveralCertificates(_) => Code::PfxHasSeveralKeys,
            Refusal::NotAmong(..) => Code::PfxKeyNotFound,
            Refusal::Expired(_) => Code::CertificateExpired,
            Refusal::Mismatch => Code::CertificateKeyMismatch,
            Refusal::Key(_) => Code::KeyUnusable,
            Refusal::Pem(..) => Code::PemInvalid,
            Refusal::Told(problem) => problem.code,
            Refusal::NotPfx(_)
            | Refusal::OnlyCertificate
            | Refusal::TooLarge
            | Refusal::Truncated
            | Refusal::Damaged(_)
            | Refusal::NoKey
            | Refusal::NoCertificate => Code::PfxInvalid,
        }
    }

    fn words(self) -> (String, Fix) {
        let (what, next) = match self {
            Refusal::NotPfx(is) => (format!("it is not a PFX (PKCS#12) file, but {is}"), EXPORT_AGAIN),
            Refusal::OnlyCertificate => (
                "it is a DER certificate without a key".to_owned(),
                "Export it where its private key is, with the key, as PFX (PKCS#12).",
            ),
            Refusal::Pem(what, next) => return (what, next),
            Refusal::Told(problem) => {
                let next = problem.fix.into_iter().reduce(Fix::then);
                return (problem.what, next.unwrap_or_else(|| EXPORT_AGAIN.into()));
            }
            other => return other.inner_words(),
        };
        (what, next.into())
    }

    /// Of a file that is a PFX.
    fn inner_words(self) -> (String, Fix) {
        let (what, next) = match self {
            Refusal::TooLarge => (
                "it is larger than 4 MiB".to_owned(),
                "Export one certificate with its key on its own.",
            ),
            Refusal::Truncated => (
                "it is truncated".to_owned(),
                "Copy the complete file again, in binary mode.",
            ),
            Refusal::Damaged(why) => (format!("it is damaged: {why}"), EXPORT_AGAIN),
            Refusal::PasswordNeeded => (
                "it is protected by a password, and none was given".to_owned(),
                "Give the password that was set when the file was exported.",
            ),
            Refusal::WrongPassword => (
                "the password is wrong".to_owned(),
                "Give the password that was set when the file was exported; capitals and spaces count.",
            ),
            Refusal::OtherPassword => (
                "its private key or certificate is encrypted under another password than the file".to_owned(),
                "Export the certificate again, with one password for everything.",
            ),
            Refusal::Scheme(name) => (
                format!("it is protected by {name}, which Coldkeep does not support"),
                "Export it again with AES-256 (`openssl pkcs12 -export` does so by default).",
            ),
            Refusal::Iterations => (
                "it specifies more than 10 million rounds of password hashing".to_owned(),
                "Export it again with a usual number of iterations.",
            ),
            Refusal::WindowsAccount => (
                "it is encrypted to a Windows account or to a certificate, not with a password".to_owned(),
                "Export it again and choose `Password` instead of `Group or user names`.",
            ),
            Refusal::Signed => (
                "it is signed with a certificate, not protected by a password".to_owned(),
                EXPORT_AGAIN,
            ),
            other => return other.key_words(),
        };
        (what, next.into())
    }

    /// Of what is in it, once it could be opened.
    fn key_words(self) -> (String, Fix) {
        let (what, next) = match self {
            Refusal::NoKey => (
                "it holds no private key".to_owned(),
                "Export it again with its private key (in Windows: `Yes, export the private key`).",
            ),
            Refusal::NoCertificate => (
                "it holds a private key, but no certificate".to_owned(),
                "Export it again with the certificate that belongs to the key.",
            ),
            Refusal::Mismatch => (
                "its private key belongs to none of its certificates".to_owned(),
                "Export it again with the certificate that was issued for this key.",
            ),
            Refusal::Key(KeyRefusal::Kind(kind)) => (
                format!("its private key is {kind}; Entra accepts RSA keys of 2048 to 8192 bits"),
                "Have a certificate issued for an RSA key, or let Coldkeep generate one.",
            ),
            Refusal::Key(KeyRefusal::Broken(why)) => (why, EXPORT_AGAIN),
            Refusal::Several(names) => {
                let next = fix![
                    "Choose one by its friendly name or thumbprint (",
                    Field::Which,
                    ", ",
                    Field::Thumbprint,
                    "), or export one on its own."
                ];
                return (
                    format!("it holds {} private keys: {}", names.len(), names.join(", ")),
                    next,
                );
            }
            Refusal::SeveralCertificates(names) => {
                let what = format!(
                    "it holds {} certificates of one private key, and does not specify which to use: {}",
                    names.len(),
                    names.join(", ")
                );
                let next = fix![
                    "Choose one by its thumbprint (",
                    Field::Thumbprint,
                    "), or export one on its own."
                ];
                return (what, next);
            }
            Refusal::NotAmong(wanted, names) => (
                format!("it does not hold the key `{wanted}`, only {}", names.join(", ")),
                "Choose one of these by its friendly name or thumbprint.",
            ),
            Refusal::Expired(when) => (
                format!("its certificate expired on {}", when.strftime("%Y-%m-%d")),
                "Renew the certificate, or let Coldkeep generate one.",
            ),
            // Reported before.
            _ => ("it cannot be used".to_owned(), EXPORT_AGAIN),
        };
        (what, next.into())
    }
}
