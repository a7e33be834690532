//! A certificate with its private key.
use crate::Vault;
use coldkeep_core::{Problem, SecretSlice, id::CertificateId};

/// A certificate with its RSA private key.
pub struct KeyMaterial {
    pub certificate_der: Vec<u8>,
    pub(crate) key_pkcs8: SecretSlice<u8>,
}

impl std::fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyMaterial").finish_non_exhaustive()
    }
}

impl KeyMaterial {
    /// The private key, encrypted for the store and bound to the certificate's id.
    pub fn seal(&self, _vault: &Vault, _id: CertificateId) -> Result<Vec<u8>, Problem> {
        let _ = &self.key_pkcs8;
        todo!()
    }

    /// The reverse of `seal`; refuses a key that does not belong to the certificate.
    pub fn unseal(
        _vault: &Vault,
        _id: CertificateId,
        _sealed: &[u8],
        _certificate_der: Vec<u8>,
    ) -> Result<Self, Problem> {
        todo!()
    }
}
