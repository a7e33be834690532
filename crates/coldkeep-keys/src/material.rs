//! A certificate together with its private key, and how the key goes into the store.

use crate::{Vault, rsa_key, x509};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::KeyPair,
    signature::KeyPair as _,
};
use coldkeep_core::{Code, ExposeSecret, Problem, SecretOwner, SecretSlice, id::CertificateId};

/// A certificate with the RSA private key that belongs to it.
pub struct KeyMaterial {
    pub certificate_der: Vec<u8>,
    /// What the file it came from calls it.
    pub friendly_name: Option<String>,
    key_pkcs8: SecretSlice<u8>,
}

impl std::fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyMaterial")
            .field(
                "thumbprint_sha1",
                &x509::hex_upper(&x509::thumbprint_sha1(&self.certificate_der)),
            )
            .finish_non_exhaustive()
    }
}

impl KeyMaterial {
    /// Callers have seen to it that the pair belongs to the certificate.
    pub(crate) fn from_pair(certificate_der: Vec<u8>, pair: &KeyPair) -> Result<Self, Problem> {
        let pkcs8: Pkcs8V1Der<'_> = pair
            .as_der()
            .map_err(|_| Problem::internal("A private key could not be encoded"))?;
        let key_pkcs8 = SecretSlice::from(pkcs8.as_ref().to_vec());
        Ok(Self {
            certificate_der,
            friendly_name: None,
            key_pkcs8,
        })
    }

    /// The private key, for writing it encrypted.
    pub(crate) fn pkcs8(&self) -> &SecretSlice<u8> {
        &self.key_pkcs8
    }

    /// The private key, encrypted under the vault's master key and bound to the certificate's id.
    pub fn seal(&self, vault: &Vault, id: CertificateId) -> Result<Vec<u8>, Problem> {
        vault.seal(&bound_to(id), self.key_pkcs8.expose_secret())
    }

    /// The reverse of [`KeyMaterial::seal`]; refuses a key that does not belong to `certificate_der`.
    pub fn unseal(
        vault: &Vault,
        id: CertificateId,
        sealed: &[u8],
        certificate_der: Vec<u8>,
    ) -> Result<Self, Problem> {
        let key_pkcs8 = vault.unseal(&bound_to(id), sealed)?;
        let material = Self {
            certificate_der,
            friendly_name: None,
            key_pkcs8,
        };
        material.key_pair()?;
        Ok(material)
    }

    /// The key, ready for use, once it is known to belong to the certificate.
    pub(crate) fn key_pair(&self) -> Result<KeyPair, Problem> {
        let corrupt = |why: String| {
            Problem::new(
                Code::CertificateDamaged,
                format!("A stored certificate cannot be used: {why}"),
                "Restore Coldkeep's data folder from a backup, or import the certificate again.",
            )
        };
        let pair = rsa_key::load_pkcs8(self.key_pkcs8.expose_secret())
            .map_err(|_| corrupt("its private key cannot be read".to_owned()))?;
        let parsed = x509::parse(&self.certificate_der).map_err(corrupt)?;
        if parsed.public_key != pair.public_key().as_ref() {
            return Err(corrupt(
                "its private key belongs to another certificate".to_owned(),
            ));
        }
        Ok(pair)
    }
}

fn bound_to(id: CertificateId) -> String {
    SecretOwner::Certificate(id).to_string()
}

#[cfg(test)]
mod tests {
    use crate::{Generate, KeyMaterial, Vault, generate};
    use coldkeep_core::{Kind, Timestamp, certificate::NewCertificate, id::CertificateId};

    fn material() -> KeyMaterial {
        generate(&Generate {
            certificate: NewCertificate {
                name: None,
                subject: Some("coldkeep".into()),
                key_bits: 2048,
                valid_days: 30,
            },
            now: Timestamp::from_second(1_790_000_000).unwrap(),
        })
        .unwrap()
    }

    #[test]
    fn a_sealed_key_comes_back_only_for_its_own_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("master.key")).unwrap();
        let (one, other) = (material(), material());
        let id = CertificateId::new();
        let sealed = one.seal(&vault, id).unwrap();

        KeyMaterial::unseal(&vault, id, &sealed, one.certificate_der.clone()).unwrap();
        let refused = KeyMaterial::unseal(&vault, id, &sealed, other.certificate_der).unwrap_err();
        assert_eq!(refused.kind, Kind::Corrupt);
        assert_eq!(refused.code, coldkeep_core::Code::CertificateDamaged, "{refused}");
        KeyMaterial::unseal(&vault, CertificateId::new(), &sealed, one.certificate_der).unwrap_err();
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", material());
        assert!(shown.len() < 100, "{shown}");
    }
}
