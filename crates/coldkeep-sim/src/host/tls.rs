//! HTTPS with a certificate created at the start, for clients that send no token over plain HTTP.

use crate::world::hosts;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use serde::{Deserialize, Serialize};
use std::{fmt, io, sync::Arc};
use tokio_rustls::TlsAcceptor;
use x509_cert::der::{Decode as _, DecodePem as _, Document, EncodePem as _, pem::LineEnding};

/// The common name of the certificates created here, by which their files are recognized.
const SUBJECT: &str = "coldkeep-sim";

/// Where it listens, and the hosts of the public cloud: for clients that can be configured to connect elsewhere, but not to ask
/// for other names.
const NAMES: [&str; 10] = [
    "localhost",
    "127.0.0.1",
    "*.blob.localhost",
    hosts::LOGIN,
    hosts::LOGIN_ALIASES[0],
    hosts::LOGIN_ALIASES[1],
    hosts::LOGIN_ALIASES[2],
    hosts::GRAPH,
    hosts::RESOURCE_MANAGER,
    "*.blob.core.windows.net",
];

/// What HTTPS is served under: a certificate for clients to trust, and its key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Certificate {
    pub(crate) pem: String,
    key_pem: String,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

impl Certificate {
    pub(crate) fn make() -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut asked = CertificateParams::new(NAMES.map(str::to_owned)).map_err(io::Error::other)?;
        asked.distinguished_name = DistinguishedName::new();
        asked.distinguished_name.push(DnType::CommonName, SUBJECT);
        let made = asked.self_signed(&key).map_err(io::Error::other)?;
        let read = x509_cert::Certificate::from_der(made.der()).map_err(io::Error::other)?;
        let key = Document::try_from(key.serialize_der()).map_err(io::Error::other)?;
        let key_pem = key.to_pem("PRIVATE KEY", LineEnding::LF);
        Ok(Self {
            pem: read.to_pem(LineEnding::LF).map_err(io::Error::other)?,
            key_pem: key_pem.map_err(io::Error::other)?,
        })
    }
}

/// Whether a file holds one certificate of a simulator, and nothing else.
pub fn is_own_certificate(content: &[u8]) -> bool {
    let (Ok(text), Ok(read)) = (str::from_utf8(content), x509_cert::Certificate::from_pem(content)) else {
        return false;
    };
    let again = read.to_pem(LineEnding::LF);
    again.is_ok_and(|again| again.lines().eq(text.trim().lines()))
        && read.tbs_certificate().subject().to_string() == format!("CN={SUBJECT}")
}

/// What takes TLS connections.
pub(crate) fn acceptor(certificate: &Certificate) -> io::Result<TlsAcceptor> {
    let chain = CertificateDer::from_pem_slice(certificate.pem.as_bytes()).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.as_bytes()).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
