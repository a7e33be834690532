//! HTTPS under a certificate made at the start, for clients that send no token over plain HTTP.

use super::hosts;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use serde::{Deserialize, Serialize};
use std::{fmt, io, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// Where it listens, and the hosts of the public cloud: for clients that can be told to connect elsewhere, but not to ask
/// for other names.
const NAMES: [&str; 7] = [
    "localhost",
    "127.0.0.1",
    "*.blob.localhost",
    hosts::LOGIN,
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
        let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned)).map_err(io::Error::other)?;
        Ok(Self {
            pem: made.cert.pem(),
            key_pem: made.signing_key.serialize_pem(),
        })
    }
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
