//! Signing in a token, by the best way it knows.

use super::{
    TokenUri,
    home::{Token, TokenError, TokenSession},
    pair::private_key,
};
use crate::x509;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use coldkeep_core::{
    Code, Problem, SecretString, fix,
    problem::{Field, Verb},
    signer::{AssertionSigner, SigningAlgorithm},
};
use cryptoki::{
    mechanism::{
        Mechanism, MechanismType,
        rsa::{PkcsMgfType, PkcsPssParams},
    },
    object::ObjectHandle,
    types::Ulong,
};
use sha2::{Digest, Sha256};

/// The DER that stands before a SHA-256 digest in a PKCS#1 v1.5 signature (RFC 8017, section 9.2, note 1).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// The salt is as long as the digest, as JWA asks for (RFC 7518, section 3.5).
const PSS: PkcsPssParams = PkcsPssParams {
    hash_alg: MechanismType::SHA256,
    mgf: PkcsMgfType::MGF1_SHA256,
    s_len: Ulong::new(32),
};

/// How a token signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SigningMechanism {
    /// `CKM_SHA256_RSA_PKCS_PSS`: the token hashes.
    HashedPss,
    /// `CKM_RSA_PKCS_PSS` over a digest computed here.
    Pss,
    /// `CKM_SHA256_RSA_PKCS`.
    HashedPkcs1,
    /// `CKM_RSA_PKCS` over a digest computed here.
    Pkcs1,
}

impl SigningMechanism {
    pub fn algorithm(self) -> SigningAlgorithm {
        match self {
            Self::HashedPss | Self::Pss => SigningAlgorithm::Ps256,
            Self::HashedPkcs1 | Self::Pkcs1 => SigningAlgorithm::Rs256,
        }
    }

    /// For each algorithm the best way, best algorithm first.
    fn among(mechanisms: &[MechanismType]) -> Vec<Self> {
        let known = |mechanism| mechanisms.contains(&mechanism);
        let first =
            |ways: [(Self, MechanismType); 2]| ways.into_iter().find(|(_, m)| known(*m)).map(|(way, _)| way);
        let pss = first([
            (Self::HashedPss, MechanismType::SHA256_RSA_PKCS_PSS),
            (Self::Pss, MechanismType::RSA_PKCS_PSS),
        ]);
        let pkcs1 = first([
            (Self::HashedPkcs1, MechanismType::SHA256_RSA_PKCS),
            (Self::Pkcs1, MechanismType::RSA_PKCS),
        ]);
        pss.into_iter().chain(pkcs1).collect()
    }
}

/// What the token can do, best first.
pub(super) fn ways(at: &TokenSession<'_>) -> Result<Vec<SigningMechanism>, TokenError> {
    let ways = SigningMechanism::among(&at.module.get_mechanism_list(at.slot)?);
    if ways.is_empty() {
        return Err(TokenError::Told(Problem::new(
            Code::TokenFeatureMissing,
            format!("The token `{}` does not sign with RSA", at.identity.label),
            "Use another token, or keep the key in Coldkeep's encrypted store.",
        )));
    }
    Ok(ways)
}

pub(super) fn sign(
    at: &TokenSession<'_>,
    key: ObjectHandle,
    way: SigningMechanism,
    input: &[u8],
) -> Result<Vec<u8>, TokenError> {
    let digest = Sha256::digest(input);
    let signature = match way {
        SigningMechanism::HashedPss => at.session.sign(&Mechanism::Sha256RsaPkcsPss(PSS), key, input),
        SigningMechanism::Pss => at.session.sign(&Mechanism::RsaPkcsPss(PSS), key, &digest),
        SigningMechanism::HashedPkcs1 => at.session.sign(&Mechanism::Sha256RsaPkcs, key, input),
        SigningMechanism::Pkcs1 => {
            let packed = [&DIGEST_INFO[..], &digest].concat();
            at.session.sign(&Mechanism::RsaPkcs, key, &packed)
        }
    };
    Ok(signature?)
}

/// Signs something and has it verified with the certificate's public key: the proof that the key belongs to it.
pub(super) fn prove(
    at: &TokenSession<'_>,
    key: ObjectHandle,
    certificate_der: &[u8],
) -> Result<(), TokenError> {
    const PROBE: &[u8] = b"coldkeep proves that this key belongs to its certificate";
    let parsed = x509::parse(certificate_der).map_err(|why| {
        Problem::new(
            Code::CertificateInvalid,
            format!(
                "The token `{}` holds a certificate that cannot be used: {why}",
                at.identity.label
            ),
            "Put the certificate that was issued for the key into the token.",
        )
    })?;
    for way in ways(at)? {
        let signature = sign(at, key, way, PROBE)?;
        let algorithm: &'static dyn VerificationAlgorithm = match way.algorithm() {
            SigningAlgorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
            SigningAlgorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(algorithm, &parsed.public_key)
            .verify(PROBE, &signature)
            .map_err(|_| {
                Problem::new(Code::CertificateKeyMismatch, format!(
                        "The certificate `{}` in the token `{}` does not belong to its key, or the key ({}) \
                         is shorter than 2048 bits",
                        parsed.subject, at.identity.label, parsed.key
                    ), fix!["Put the certificate that was issued for this key into the token, or generate a new pair: ", Verb::CertificateGenerate.any().with(Field::Token), "."])
            })?;
    }
    Ok(())
}

/// Signs with a key that never leaves its token.
pub struct TokenSigner {
    token: Token,
    uri: TokenUri,
    pin: Option<SecretString>,
    certificate_der: Vec<u8>,
    algorithms: Vec<SigningAlgorithm>,
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSigner")
            .field("uri", &self.uri.to_string())
            .finish_non_exhaustive()
    }
}

impl TokenSigner {
    /// Finds the token and its key, and logs in. Blocks for as long as the token takes: not for an async thread.
    pub fn open(uri: &str, pin: Option<SecretString>, certificate_der: Vec<u8>) -> Result<Self, Problem> {
        let uri: TokenUri = uri.parse()?;
        let token = Token::find(&uri)?;
        let sought = uri.clone();
        let ways = token.with_session("open a token's key", pin.clone(), move |at| {
            private_key(at, &sought)?;
            ways(at)
        })?;
        Ok(Self {
            token,
            uri,
            pin,
            certificate_der,
            algorithms: ways.into_iter().map(SigningMechanism::algorithm).collect(),
        })
    }
}

impl AssertionSigner for TokenSigner {
    fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    fn thumbprint_sha1(&self) -> [u8; 20] {
        x509::thumbprint_sha1(&self.certificate_der)
    }

    fn thumbprint_sha256(&self) -> [u8; 32] {
        x509::thumbprint_sha256(&self.certificate_der)
    }

    fn algorithms(&self) -> &[SigningAlgorithm] {
        &self.algorithms
    }

    fn sign(&self, algorithm: SigningAlgorithm, input: &[u8]) -> Result<Vec<u8>, Problem> {
        let (uri, input) = (self.uri.clone(), input.to_vec());
        self.token
            .with_session("sign with a token's key", self.pin.clone(), move |at| {
                let way = ways(at)?
                    .into_iter()
                    .find(|way| way.algorithm() == algorithm)
                    .ok_or_else(|| {
                        Problem::internal("A token was asked for a signature that it does not support")
                    })?;
                sign(at, private_key(at, &uri)?, way, &input)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_way_of_each_kind_is_taken() {
        let cases: &[(&[MechanismType], &[SigningMechanism])] = &[
            (&[], &[]),
            (&[MechanismType::SHA256], &[]),
            (&[MechanismType::RSA_PKCS], &[SigningMechanism::Pkcs1]),
            (
                &[MechanismType::RSA_PKCS, MechanismType::SHA256_RSA_PKCS],
                &[SigningMechanism::HashedPkcs1],
            ),
            (
                &[MechanismType::RSA_PKCS, MechanismType::RSA_PKCS_PSS],
                &[SigningMechanism::Pss, SigningMechanism::Pkcs1],
            ),
            (
                &[
                    MechanismType::RSA_PKCS_PSS,
                    MechanismType::SHA256_RSA_PKCS_PSS,
                    MechanismType::SHA256_RSA_PKCS,
                ],
                &[SigningMechanism::HashedPss, SigningMechanism::HashedPkcs1],
            ),
        ];
        for (mechanisms, ways) in cases {
            assert_eq!(SigningMechanism::among(mechanisms), *ways, "{mechanisms:?}");
        }
    }
}
