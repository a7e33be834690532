//! HTTPS under a certificate made at the start, for clients that send no token over plain HTTP.

use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::{io, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// Where it listens, and the hosts of the public cloud: for clients that can be told to connect elsewhere, but not to ask
/// for other names.
const NAMES: [&str; 7] = [
    "localhost",
    "127.0.0.1",
    "*.blob.localhost",
    "login.microsoftonline.com",
    "graph.microsoft.com",
    "management.azure.com",
    "*.blob.core.windows.net",
];

/// What takes TLS connections, and the certificate in PEM for clients to trust.
pub(crate) fn acceptor() -> io::Result<(TlsAcceptor, String)> {
    let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned)).map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .map_err(io::Error::other)?;
    Ok((TlsAcceptor::from(Arc::new(config)), made.cert.pem()))
}
