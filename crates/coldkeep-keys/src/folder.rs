//! Certificates with their keys as PEM files in folders of the system, as certbot, step and administrators leave them.

use crate::{KeyMaterial, pem, read_pem};
use coldkeep_core::{Code, Problem, SecretString, System, Timestamp, foreign_text::read_foreign_text};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

const LONGEST_BYTES: u64 = 1 << 20;
/// More than any folder of certificates has; a mistaken one (`/`) is not read for minutes.
const MOST_FILES: usize = 4_000;
/// Where certbot and its like leave the key.
const NEIGHBOUR_KEY: &str = "privkey.pem";

/// A certificate and its key in files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemPair {
    pub certificate_path: PathBuf,
    /// May be the same file.
    pub key_path: PathBuf,
    pub certificate_der: Vec<u8>,
}

/// What is in some folders.
#[derive(Debug, Default)]
pub struct Scan {
    /// Those whose key can sign, in the order of their paths.
    pub pairs: Vec<PemPair>,
    /// The others that have a key, with the reason.
    pub refused: Vec<(PathBuf, Problem)>,
}

/// Reads a certificate and its key from files; a key that everybody may read is refused.
pub fn read_pem_files(certificate: &Path, key: &Path, now: Timestamp) -> Result<KeyMaterial, Problem> {
    let certificates = read(certificate)?;
    let key = read_key(key)?;
    read_pem(&certificates, &key, now)
}

/// The key in a file, for a certificate that is known.
pub fn read_key_file_for(certificate_der: Vec<u8>, key: &Path) -> Result<KeyMaterial, Problem> {
    pem::key_for(certificate_der, &read_key(key)?)
        .map_err(|problem| problem.context(format!("The private key `{}` cannot be used", key.display())))
}

/// Looks for pairs: certificate and key in one file; `X.crt`, `X.cer` or `X.pem` with `X.key` in any of the folders; or
/// with `privkey.pem` beside it. Folders are not searched deeper; what cannot be read holds nothing.
pub fn scan_folders(folders: &[PathBuf], now: Timestamp) -> Scan {
    let files: BTreeSet<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .take(MOST_FILES)
        .collect();
    let mut scan = Scan::default();
    let mut seen = BTreeSet::new();
    for path in files.iter().filter(|path| is_certificate(path)) {
        let Some(key_path) = key_of(path, &files) else {
            continue;
        };
        match read_pem_files(path, &key_path, now) {
            // `cert.pem` and `fullchain.pem` hold the same one.
            Ok(material) if !seen.insert(material.certificate_der.clone()) => {}
            Ok(material) => scan.pairs.push(PemPair {
                certificate_path: path.clone(),
                key_path,
                certificate_der: material.certificate_der.clone(),
            }),
            Err(problem) => scan.refused.push((path.clone(), problem)),
        }
    }
    scan
}

fn is_certificate(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    matches!(ending.as_deref(), Some("pem" | "crt" | "cer"))
        && path.file_name().is_some_and(|name| name != NEIGHBOUR_KEY)
}

fn key_of(certificate: &Path, files: &BTreeSet<PathBuf>) -> Option<PathBuf> {
    let text = read(certificate).ok()?;
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return None;
    }
    if text.contains("PRIVATE KEY-----") {
        return Some(certificate.to_owned());
    }
    let stem = certificate.file_stem()?;
    let same_name = |path: &&PathBuf| {
        path.file_stem() == Some(stem) && path.extension().is_some_and(|e| e.eq_ignore_ascii_case("key"))
    };
    let beside = certificate.with_file_name(NEIGHBOUR_KEY);
    files
        .iter()
        .find(same_name)
        .or_else(|| files.get(&beside))
        .cloned()
}

fn read(path: &Path) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(LONGEST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|e| unreadable(path, &e))?;
    text_of(path, &bytes).map(String::from)
}

fn read_key(path: &Path) -> Result<SecretString, Problem> {
    let mut file = fs::File::open(path).map_err(|e| unreadable(path, &e))?;
    let mode = file
        .metadata()
        .map_err(|e| unreadable(path, &e))?
        .permissions()
        .mode();
    if mode & 0o004 != 0 {
        return Err(Problem::new(
            Code::KeyFileExposed,
            format!(
                "All users of this machine can read the private key `{}` (mode {:04o})",
                path.display(),
                mode & 0o777
            ),
            format!(
                "Run `chmod 600 '{}'`; if other users could have read it, replace the key.",
                path.display()
            ),
        ));
    }
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    (&mut file)
        .take(LONGEST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| unreadable(path, &e))?;
    Ok(text_of(path, &bytes)?.as_ref().into())
}

fn text_of<'a>(path: &Path, bytes: &'a [u8]) -> Result<std::borrow::Cow<'a, str>, Problem> {
    // The error for a binary certificate names what is missing in it.
    let binary = bytes.first() == Some(&0x30);
    read_foreign_text(bytes).map_err(|why| {
        Problem::new(
            Code::PemInvalid,
            match binary {
                true => format!("`{}` is a binary (DER) file, not PEM text", path.display()),
                false => format!("`{}` is not a PEM file: {why}", path.display()),
            },
            "Give it as PEM text (`openssl x509 -inform DER` and `openssl pkey -inform DER` convert it).",
        )
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let code = match error.kind() {
        io::ErrorKind::PermissionDenied => Code::FilePermissionMissing,
        io::ErrorKind::NotFound => Code::FileNotFound,
        _ => Code::FileUnreadable,
    };
    Problem::new(
        code,
        format!("Coldkeep cannot read `{}`", path.display()),
        "Correct the path, or let the user that runs Coldkeep read it (for example as a member of its \
         group).",
    )
    .in_system(System {
        name: "the file system".into(),
        message: Some(error.to_string()),
        ..System::default()
    })
}
