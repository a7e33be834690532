//! Writing a PFX: a key leaves Coldkeep only so, encrypted under a password that a person gave.
//!
//! There is one form (RFC 7292): a safe with the certificate and a safe with the key, each under PBES2 (RFC 8018) with
//! PBKDF2, HMAC-SHA-256 and AES-256-CBC, sealed with HMAC-SHA-256 under a key of PKCS#12's own derivation. OpenSSL 3,
//! Windows since 10 version 1709, macOS, Java, NSS and GnuTLS read it.

use super::{
    DATA,
    bags::{
        CERTIFICATE_BAG, ENCRYPTED_DATA, FRIENDLY_NAME, LOCAL_KEY_ID, SHROUDED_KEY_BAG, X509_CERTIFICATE,
    },
    ber::{CONTEXT_0, CONTEXT_0_PRIMITIVE},
    hash::Hash,
    kdf::{Password, Pkcs12Key, Purpose},
};
use crate::{
    KeyMaterial,
    der::{NULL, element, octets, oid, sequence, set, unsigned},
    x509,
};
use aes::Aes256;
use cbc::{
    Encryptor,
    cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7},
};
use coldkeep_core::{Code, ExposeSecret, Problem, SecretSlice, SecretString};
use x509_cert::der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

/// What NSS and GnuTLS write today; a guess at the password costs a fraction of a second.
const ROUNDS: u32 = 600_000;
const SHORTEST_PASSWORD: usize = 8;

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const HMAC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
const AES256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

const KEY_BYTES: usize = 32;
const BLOCK_BYTES: usize = 16;
const SALT_BYTES: usize = 16;
const BMP_STRING: u8 = 0x1E;
/// At the key and at its certificate: the file has no other pair.
const KEY_ID: &[u8] = &[1];

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
            "Choose a longer one: only the password protects the private key in the file.",
        ));
    }
    // Such a password is read (RFC 7292 is vague, tools write surrogates), but no two tools need agree on it.
    if password.expose_secret().chars().any(|c| u32::from(c) > 0xFFFF) {
        return Err(Problem::new(
            Code::PasswordInvalid,
            "The password for the PFX file contains an emoji or a rare letter, which programs encode \
             differently",
            "Choose a password without it.",
        ));
    }
    let password = Password::new(password.expose_secret());
    let content = sequence(&[
        &certificate_safe(material, &password)?,
        &key_safe(material, name, &password)?,
    ]);
    let seal = seal(&content, &password)?;
    Ok(sequence(&[&unsigned(3), &data(&content), &seal]).into())
}

/// A `ContentInfo` in the clear.
fn data(content: &[u8]) -> Vec<u8> {
    sequence(&[&known(DATA), &element(CONTEXT_0, &[&octets(content)])])
}

/// A `ContentInfo` whose safe, with the certificate, is encrypted as a whole.
fn certificate_safe(material: &KeyMaterial, password: &Password) -> Result<Vec<u8>, Problem> {
    let der = &material.certificate_der;
    let parsed = x509::parse(der)
        .map_err(|why| Problem::internal(format!("The PFX file could not be written: {why}")))?;
    let certificate = sequence(&[&known(X509_CERTIFICATE), &element(CONTEXT_0, &[&octets(der)])]);
    let bag = bag(CERTIFICATE_BAG, &certificate, &parsed.subject);
    let (algorithm, ciphertext) = encrypt(&sequence(&[&bag]), password)?;
    let encrypted = sequence(&[
        &known(DATA),
        &algorithm,
        &element(CONTEXT_0_PRIMITIVE, &[&ciphertext]),
    ]);
    Ok(sequence(&[
        &known(ENCRYPTED_DATA),
        &element(CONTEXT_0, &[&sequence(&[&unsigned(0), &encrypted])]),
    ]))
}

/// A `ContentInfo` whose safe is in the clear: the key in it is encrypted by itself.
fn key_safe(material: &KeyMaterial, name: &str, password: &Password) -> Result<Vec<u8>, Problem> {
    let (algorithm, ciphertext) = encrypt(material.pkcs8().expose_secret(), password)?;
    let key = sequence(&[&algorithm, &octets(&ciphertext)]);
    Ok(data(&sequence(&[&bag(SHROUDED_KEY_BAG, &key, name)])))
}

/// A `SafeBag` with its attributes.
fn bag(kind: &str, value: &[u8], friendly_name: &str) -> Vec<u8> {
    // Names in a PFX have two bytes a character.
    let letters = friendly_name.chars().map(u32::from);
    let name: Vec<u8> = letters
        .filter_map(|letter| u16::try_from(letter).ok())
        .flat_map(u16::to_be_bytes)
        .collect();
    let attribute = |kind: &str, value: Vec<u8>| sequence(&[&known(kind), &set(vec![value])]);
    let attributes = set(vec![
        attribute(FRIENDLY_NAME, element(BMP_STRING, &[&name])),
        attribute(LOCAL_KEY_ID, octets(KEY_ID)),
    ]);
    sequence(&[&known(kind), &element(CONTEXT_0, &[value]), &attributes])
}

/// What is encrypted how, as an `AlgorithmIdentifier` of PBES2, and the ciphertext.
fn encrypt(plain: &[u8], password: &Password) -> Result<(Vec<u8>, Vec<u8>), Problem> {
    let (salt, iv) = (random::<SALT_BYTES>()?, random::<BLOCK_BYTES>()?);
    let key = Hash::Sha256.pbkdf2(&password.utf8, &salt, ROUNDS, KEY_BYTES);
    // Room for the padding from the start: what would be left behind by growing is not wiped.
    let mut buffer = Zeroizing::new(vec![0; plain.len() + BLOCK_BYTES]);
    buffer[..plain.len()].copy_from_slice(plain);
    let ciphertext = Encryptor::<Aes256>::new_from_slices(&key, &iv)
        .ok()
        .and_then(|cipher| cipher.encrypt_padded::<Pkcs7>(&mut buffer, plain.len()).ok())
        .ok_or_else(|| Problem::internal("The PFX file could not be encrypted"))?
        .to_vec();
    let keyed_hash = sequence(&[&oid(HMAC_SHA256), NULL]);
    let derivation = sequence(&[
        &oid(PBKDF2),
        &sequence(&[&octets(&salt), &unsigned(ROUNDS), &keyed_hash]),
    ]);
    let cipher = sequence(&[&oid(AES256_CBC), &octets(&iv)]);
    let algorithm = sequence(&[&oid(PBES2), &sequence(&[&derivation, &cipher])]);
    Ok((algorithm, ciphertext))
}

/// The `MacData` over the content.
fn seal(content: &[u8], password: &Password) -> Result<Vec<u8>, Problem> {
    let salt = random::<SALT_BYTES>()?;
    let derivation = Pkcs12Key {
        purpose: Purpose::Mac,
        salt: &salt,
        rounds: ROUNDS,
        length: Hash::Sha256.output_length(),
    };
    let key = Hash::Sha256.pkcs12(&derivation, &password.utf16);
    let digest = Hash::Sha256
        .keyed(&key, content)
        .ok_or_else(|| Problem::internal("The PFX file could not be sealed"))?;
    let digest_info = sequence(&[&sequence(&[&oid(SHA256), NULL]), &octets(&digest)]);
    Ok(sequence(&[&digest_info, &octets(&salt), &unsigned(ROUNDS)]))
}

fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| Problem::internal("The operating system returned no random numbers"))?;
    Ok(bytes)
}

/// One of the identifiers that reader and writer share.
fn known(identifier: &str) -> Vec<u8> {
    oid(ObjectIdentifier::new_unwrap(identifier))
}
