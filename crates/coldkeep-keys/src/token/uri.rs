//! Naming a key in a PKCS#11 token: `pkcs11:` addresses (RFC 7512).

use coldkeep_core::{Code, Problem, fix, problem::Field};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// What RFC 7512 lets stand as it is in a path attribute (`pk11-pchar`), as far as people write it.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'@')
    .remove(b'+');
/// A path may have slashes in the query.
const PLAIN_PATH: &AsciiSet = &PLAIN.remove(b'/');

/// A `pkcs11:` address. What is not named fits anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenUri {
    /// The token's label.
    pub token: Option<String>,
    pub manufacturer: Option<String>,
    pub model: Option<String>,
    pub serial: Option<String>,
    pub slot_id: Option<u64>,
    /// The label of the key or of its certificate.
    pub object: Option<String>,
    /// `CKA_ID`.
    pub id: Option<Vec<u8>>,
    /// The file of the PKCS#11 module; absolute.
    pub module_path: Option<PathBuf>,
    /// The module's name without `lib` and without its ending: `softhsm2`.
    pub module_name: Option<String>,
}

impl TokenUri {
    /// Whether it names a token, not only a key in it.
    pub(super) fn names_a_token(&self) -> bool {
        self.token.is_some() || self.serial.is_some() || self.slot_id.is_some()
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        let slot = match name {
            "token" => &mut self.token,
            "manufacturer" => &mut self.manufacturer,
            "model" => &mut self.model,
            "serial" => &mut self.serial,
            "object" => &mut self.object,
            "module-name" => &mut self.module_name,
            "id" => {
                return once(name, &mut self.id, percent_decode_str(value).collect());
            }
            "slot-id" => {
                let number = value
                    .parse()
                    .map_err(|_| refused("its slot-id is not a number"))?;
                return once(name, &mut self.slot_id, number);
            }
            "module-path" => {
                let path = PathBuf::from(text(name, value)?);
                if !path.is_absolute() {
                    return Err(refused("its module-path does not begin with `/`"));
                }
                return once(name, &mut self.module_path, path);
            }
            "type" if matches!(value, "private" | "cert" | "public") => return Ok(()),
            "type" => {
                return Err(refused(
                    "its type is neither `private` nor `cert`: only a key with its certificate can be used",
                ));
            }
            // These name a library, in words that change with its updates.
            "library-manufacturer"
            | "library-description"
            | "library-version"
            | "slot-description"
            | "slot-manufacturer" => return Ok(()),
            "pin-value" => {
                return Err(Problem::new(
                    Code::KeyAddressInvalid,
                    "The pkcs11 address contains the PIN (`pin-value`), where it would be visible and stored \
                     unencrypted",
                    fix![
                        "Remove it, and give the PIN separately (",
                        Field::Pin,
                        "). If others may have seen it, change it."
                    ],
                ));
            }
            "pin-source" => {
                return Err(Problem::new(
                    Code::KeyAddressInvalid,
                    "The pkcs11 address names a `pin-source`, which Coldkeep does not support",
                    fix![
                        "Give the PIN separately (",
                        Field::Pin,
                        "); Coldkeep keeps it encrypted."
                    ],
                ));
            }
            vendor if vendor.starts_with("x-") => return Ok(()),
            other => return Err(refused(&format!("it has the unknown attribute `{other}`"))),
        };
        once(name, slot, text(name, value)?)
    }
}

fn once<T>(name: &str, slot: &mut Option<T>, value: T) -> Result<(), Problem> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(refused(&format!("it names `{name}` twice"))),
    }
}

fn text(name: &str, value: &str) -> Result<String, Problem> {
    percent_decode_str(value)
        .decode_utf8()
        .map(|text| text.into_owned())
        .map_err(|_| refused(&format!("its `{name}` is not UTF-8 text")))
}

fn refused(why: &str) -> Problem {
    Problem::new(
        Code::KeyAddressInvalid,
        format!("The pkcs11 address cannot be used: {why}"),
        "Write it as in RFC 7512: `pkcs11:token=LABEL;object=NAME` or `pkcs11:token=LABEL;id=%01`, \
         optionally with `?module-path=/usr/lib/softhsm/libsofthsm2.so`.",
    )
}

impl FromStr for TokenUri {
    type Err = Problem;

    fn from_str(uri: &str) -> Result<Self, Problem> {
        let rest = uri
            .trim()
            .strip_prefix("pkcs11:")
            .ok_or_else(|| refused("it does not begin with `pkcs11:`"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut read = Self::default();
        let attributes = path.split(';').chain(query.split('&'));
        for attribute in attributes.filter(|a| !a.is_empty()) {
            let (name, value) = attribute
                .split_once('=')
                .ok_or_else(|| refused(&format!("`{attribute}` is not NAME=VALUE")))?;
            read.set(name, value)?;
        }
        Ok(read)
    }
}

impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |text: &str| percent_encode(text.as_bytes(), PLAIN).to_string();
        let mut path = Vec::new();
        let texts = [
            ("token", &self.token),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
            ("serial", &self.serial),
        ];
        path.extend(
            texts
                .iter()
                .filter_map(|(name, value)| Some(format!("{name}={}", plain(value.as_deref()?)))),
        );
        if let Some(slot) = self.slot_id {
            path.push(format!("slot-id={slot}"));
        }
        if let Some(id) = &self.id {
            let hex: String = id.iter().map(|byte| format!("%{byte:02X}")).collect();
            path.push(format!("id={hex}"));
        }
        if let Some(object) = &self.object {
            path.push(format!("object={}", plain(object)));
        }
        let mut query = Vec::new();
        if let Some(module) = &self.module_path {
            query.push(format!("module-path={}", shown(module)));
        }
        if let Some(module) = &self.module_name {
            query.push(format!("module-name={}", plain(module)));
        }
        let mark = if query.is_empty() { "" } else { "?" };
        write!(f, "pkcs11:{}{mark}{}", path.join(";"), query.join("&"))
    }
}

fn shown(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    percent_encode(path.as_os_str().as_bytes(), PLAIN_PATH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_again() {
        let uri = "pkcs11:token=The%20Software%20PKCS%2311%20token;serial=4a:1;id=%69%00%FF;object=my-key;type=private\
                   ?module-path=/usr/lib/softhsm/libsofthsm2.so";
        let read: TokenUri = uri.parse().unwrap();
        assert_eq!(read.token.as_deref(), Some("The Software PKCS#11 token"));
        assert_eq!(read.id.as_deref(), Some(&[0x69, 0, 0xFF][..]));
        assert_eq!(read.object.as_deref(), Some("my-key"));
        assert_eq!(
            read.to_string(),
            "pkcs11:token=The%20Software%20PKCS%2311%20token;serial=4a:1;id=%69%00%FF;object=my-key\
             ?module-path=/usr/lib/softhsm/libsofthsm2.so"
        );
        assert_eq!(read.to_string().parse::<TokenUri>().unwrap(), read);
        let odd: TokenUri = "pkcs11:token=%C3%BC%3B%26;model=a;manufacturer=b;slot-id=7?module-name=softhsm2"
            .parse()
            .unwrap();
        assert_eq!(odd.token.as_deref(), Some("ü;&"));
        assert_eq!(odd.to_string().parse::<TokenUri>().unwrap(), odd);
        assert_eq!("pkcs11:".parse::<TokenUri>().unwrap(), TokenUri::default());
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_the_reason() {
        for (uri, reason) in [
            ("token=x", "does not begin with `pkcs11:`"),
            ("pkcs11:token", "`token` is not NAME=VALUE"),
            ("pkcs11:token=a;token=b", "names `token` twice"),
            ("pkcs11:tokne=a", "unknown attribute `tokne`"),
            ("pkcs11:token=%FF", "not UTF-8"),
            ("pkcs11:slot-id=one", "slot-id is not a number"),
            ("pkcs11:type=secret-key", "only a key with its certificate"),
            ("pkcs11:?module-path=libx.so", "does not begin with `/`"),
            ("pkcs11:token=a?pin-source=file:/pin", "`pin-source`"),
        ] {
            let problem = uri.parse::<TokenUri>().unwrap_err();
            assert!(problem.what.contains(reason), "{uri}: {problem}");
        }
        let problem = "pkcs11:token=a?pin-value=123456".parse::<TokenUri>().unwrap_err();
        assert!(
            problem.what.contains("pin-value") && !problem.to_string().contains("123456"),
            "{problem}"
        );
    }
}
