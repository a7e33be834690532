//! Which certificates are trusted: the system's (or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name in their place), those
//! of Mozilla's list where the system has none, and what settings add.

use coldkeep_core::{Code, Problem, fix, problem::Field};
use rustls::RootCertStore;
use rustls_pki_types::{CertificateDer, pem::PemObject};

/// The trusted roots, with those of `added`: PEM texts, each with the words for where it comes from.
///
/// # Errors
/// `Invalid` if an added text is no PEM with certificates, or the environment names a file that holds none.
pub(crate) fn trusted(added: &[(&str, &str)]) -> Result<RootCertStore, Problem> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
            .into_iter()
            .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        if let Some(name) = named {
            let why = found.errors.first().map(ToString::to_string);
            return Err(Problem::new(
                Code::CaCertificatesInvalid,
                format!(
                    "{name} names no usable certificates ({})",
                    why.unwrap_or_else(|| "none was found".into())
                ),
                format!("Set {name} to a file or folder with certificates in PEM, or unset it."),
            ));
        }
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for (pem, of) in added {
        add(&mut roots, pem, of)?;
    }
    Ok(roots)
}

/// Refuses a text that is no PEM with certificates that can be trusted. `of`: "The cloud's CA file".
pub fn check_ca_pem(pem: &str, of: &str) -> Result<(), Problem> {
    add(&mut RootCertStore::empty(), pem, of)
}

fn add(roots: &mut RootCertStore, pem: &str, of: &str) -> Result<(), Problem> {
    let next = || {
        fix![
            "Give a PEM file with the issuer's certificate (",
            Field::CaFile,
            ")."
        ]
    };
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|e| {
            Problem::new(
                Code::CaCertificatesInvalid,
                format!("{of} is not valid PEM ({e})"),
                next(),
            )
        })?;
        roots.add(certificate).map_err(|e| {
            Problem::new(
                Code::CaCertificatesInvalid,
                format!("A certificate of {of} is unusable ({e})"),
                next(),
            )
        })?;
        count += 1;
    }
    if count == 0 {
        return Err(Problem::new(
            Code::CaCertificatesInvalid,
            format!("{of} holds no certificate"),
            next(),
        ));
    }
    Ok(())
}
