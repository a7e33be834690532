//! Writing a PFX: a key leaves Coldkeep only so, encrypted under a password that a person gave.

use crate::KeyMaterial;
use coldkeep_core::{Code, ExposeSecret, Problem, SecretSlice, SecretString};
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
};

/// What NSS and GnuTLS write today; a guess at the password costs a fraction of a second.
const ROUNDS: u32 = 600_000;
const SHORTEST_PASSWORD: usize = 8;

/// The key and its certificate as PKCS#12: AES-256 with PBKDF2 and HMAC-SHA-256, sealed with a SHA-256 MAC. `name` is its
/// friendly name in the file. Takes a second of processor time: not for an async thread.
pub fn write_pfx(
    material: &KeyMaterial,
    name: &str,
    password: &SecretString,
) -> Result<SecretSlice<u8>, Problem> {
    if password.expose_secret().chars().count() < SHORTEST_PASSWORD {
        return Err(Problem::new(
            Code::PasswordInvalid,
            format!("The password for the PFX file has fewer than {SHORTEST_PASSWORD} characters"),
            "Choose a longer one: it is all that protects the private key in the file.",
        ));
    }
    // Such a password is read (RFC 7292 is vague, tools write surrogates), but no two tools need agree on it.
    if password.expose_secret().chars().any(|c| u32::from(c) > 0xFFFF) {
        return Err(Problem::new(
            Code::PasswordInvalid,
            "The password for the PFX file holds an emoji or a rare letter, which not all programs read alike",
            "Choose a password without it.",
        ));
    }
    let failed =
        |e: p12_keystore::error::Error| Problem::internal(format!("The PFX file could not be written ({e})"));
    let certificate = Certificate::from_der(&material.certificate_der).map_err(failed)?;
    let key = PrivateKey::from_der(material.pkcs8().expose_secret()).map_err(failed)?;
    // Names in a PFX have two bytes a character.
    let name: String = name.chars().filter(|c| u32::from(*c) <= 0xFFFF).collect();
    let mut store = KeyStore::new();
    store.add_entry(
        &name,
        KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(&[1_u8][..], key, [certificate])),
    );
    let written = store
        .writer(password.expose_secret())
        .encryption_algorithm(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)
        .encryption_iterations(ROUNDS)
        .mac_algorithm(MacAlgorithm::HmacSha256)
        .mac_iterations(ROUNDS)
        .write()
        .map_err(failed)?;
    Ok(written.into())
}
