//! PKCS#11 modules: which there are on this machine, and loading each once.

use super::{TokenUri, words};
use coldkeep_core::{Code, Problem};
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Where p11-kit's registry is: a file `NAME.module` for each module, the administrator's before the packages'.
const REGISTRIES: &[&str] = &["/etc/pkcs11/modules", "/usr/share/p11-kit/modules"];
/// Where modules lie that the registry names without a folder.
const FOLDERS: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/lib/pkcs11",
];
/// Where SoftHSM and TPM modules lie on machines without the registry.
const WELL_KNOWN: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/libtpm2_pkcs11.so.1",
    "/usr/lib64/pkcs11/libtpm2_pkcs11.so",
];
/// Holds certificates of authorities and no keys.
const TRUST_MODULE: &str = "p11-kit-trust.so";

/// The modules that an address may mean.
pub(super) fn candidates(uri: &TokenUri) -> Result<Vec<PathBuf>, Problem> {
    if let Some(path) = &uri.module_path {
        return Ok(vec![checked(path)?]);
    }
    let mut found: Vec<PathBuf> = Vec::new();
    let well_known = WELL_KNOWN.iter().map(PathBuf::from);
    for path in registered().into_iter().chain(well_known) {
        let Ok(path) = checked(&path) else { continue };
        let wanted = uri
            .module_name
            .as_ref()
            .is_none_or(|name| *name == name_of(&path));
        if wanted && !found.contains(&path) {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err(Problem::new(
            Code::ModuleNotFound,
            match &uri.module_name {
                Some(name) => format!("The PKCS#11 module `{name}` does not exist on this machine"),
                None => "No PKCS#11 module was found on this machine".to_owned(),
            },
            "Install the token's software (Debian: `softhsm2`, `libtpm2-pkcs11-1`, `opensc`), or name its module in the \
             address: `pkcs11:…?module-path=/path/of/module.so`.",
        ));
    }
    Ok(found)
}

/// A module becomes part of this process, so it must be out of others' hands. Links are followed, so that one module is
/// not loaded twice.
fn checked(path: &Path) -> Result<PathBuf, Problem> {
    let unusable = |why: String| {
        Problem::new(
            Code::ModuleUnusable,
            format!("The PKCS#11 module `{}` cannot be used: {why}", path.display()),
            "Name the module's file (a shared library) as its package installed it.",
        )
    };
    let path = path.canonicalize().map_err(|e| unusable(e.to_string()))?;
    let facts = fs::metadata(&path).map_err(|e| unusable(e.to_string()))?;
    if !facts.is_file() {
        return Err(unusable("it is not a file".to_owned()));
    }
    let mode = facts.permissions().mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(unusable(format!("other users can change it (mode {mode:04o})")));
    }
    Ok(path)
}

/// `softhsm2` of `/usr/lib/softhsm/libsofthsm2.so`.
fn name_of(path: &Path) -> String {
    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let stem = file.split(".so").next().unwrap_or_default();
    stem.strip_prefix("lib").unwrap_or(stem).to_owned()
}

/// What p11-kit knows of, in the order of the files' names.
fn registered() -> Vec<PathBuf> {
    let mut files = BTreeMap::new();
    for registry in REGISTRIES {
        let entries = fs::read_dir(registry).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.extension().is_some_and(|e| e == "module") {
                files
                    .entry(path.file_name().map(ToOwned::to_owned))
                    .or_insert(path);
            }
        }
    }
    files
        .into_values()
        .filter_map(|file| module_line(&fs::read_to_string(file).ok()?))
        .filter(|module| !module.ends_with(TRUST_MODULE))
        .filter_map(|module| located(&module))
        .collect()
}

/// The value of `module: …` in a registry file.
fn module_line(text: &str) -> Option<String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| line.strip_prefix("module:"))
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

fn located(module: &str) -> Option<PathBuf> {
    if module.starts_with('/') {
        return Some(PathBuf::from(module));
    }
    FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(module))
        .find(|path| path.exists())
}

static LOADED: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// The module, loaded and initialized; the same one each time.
pub(super) fn load(path: &Path) -> Result<Pkcs11, Problem> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = loaded.get(path) {
        return Ok(module.clone());
    }
    let failed = |e: &Error| words::failed(&format!("load the PKCS#11 module `{}`", path.display()), e);
    let module = Pkcs11::new(path).map_err(|e| failed(&e))?;
    initialize(&module).map_err(|e| failed(&e))?;
    loaded.insert(path.to_owned(), module.clone());
    Ok(module)
}

/// Also after something else in this process ended the module's life.
pub(super) fn initialize(module: &Pkcs11) -> Result<(), Error> {
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_file_names_its_module() {
        let text = "# module: not-this.so\n\nmodule:  /opt/vendor/lib.so \npriority: 1\n";
        assert_eq!(module_line(text).as_deref(), Some("/opt/vendor/lib.so"));
        assert_eq!(module_line("priority: 1\nmodule:\n"), None);
    }

    #[test]
    fn a_module_is_called_as_people_call_it() {
        for (path, name) in [
            ("/usr/lib/softhsm/libsofthsm2.so", "softhsm2"),
            ("/usr/lib/libtpm2_pkcs11.so.1.9.0", "tpm2_pkcs11"),
            ("/opt/opensc-pkcs11.so", "opensc-pkcs11"),
        ] {
            assert_eq!(name_of(Path::new(path)), name);
        }
    }

    #[test]
    fn a_module_that_others_can_change_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("module.so");
        fs::write(&path, b"\x7fELF").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        let refused = checked(&path).unwrap_err();
        assert!(refused.what.contains("mode 0666"), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = load(&checked(&path).unwrap()).unwrap_err();
        assert!(refused.what.contains("module.so"), "{refused}");
        assert!(checked(folder.path()).is_err());
    }
}
