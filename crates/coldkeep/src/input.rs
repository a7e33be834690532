//! Input of users and files: questions, and secrets that are in no argument and no environment variable.

use crate::{
    cli::Global,
    failure::Failure,
    print::{Out, plain},
};
use coldkeep_core::{
    Code, ExposeSecret, Problem, SecretSlice, SecretString, System,
    foreign_text::{read_foreign_text, without_bom},
};
use std::{
    fs::File,
    io::{self, BufRead, IsTerminal, Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

/// No secret and no PFX file is longer.
const FILE_MAX_BYTES: u64 = 1 << 20;

/// Asks before something is created or removed in Azure. `--yes` answers; without a terminal it is an error.
pub fn confirm(global: &Global, out: &Out, question: &str) -> Result<(), Failure> {
    if global.yes {
        return Ok(());
    }
    if global.no_input || !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!(
            "{question} There is no terminal to ask on: pass --yes to confirm."
        )));
    }
    out.ask(&format!("{question} [y/N] "));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(Failure::from)?;
    if matches!(answer.trim(), "y" | "Y" | "yes" | "Yes") {
        return Ok(());
    }
    Err(Problem::new(
        Code::ConfirmationDeclined,
        "Nothing was changed",
        "Answer `y` to continue.",
    )
    .into())
}

/// Warns where others than its owner may use a file that holds a secret.
fn warn_if_shared(path: &Path) {
    let Ok(facts) = std::fs::metadata(path) else {
        return;
    };
    let mode = facts.permissions().mode() & 0o777;
    // systemd lets a service's user read a credential by an access list, which shows as a right of the group.
    let kept_by_systemd =
        std::env::var_os("CREDENTIALS_DIRECTORY").is_some_and(|folder| path.starts_with(folder));
    if !facts.is_file() || mode & 0o077 == 0 || kept_by_systemd {
        return;
    }
    let text = format!(
        "warning: users other than its owner can read or write `{}` (mode {mode:04o}), which holds a secret; \
         run `chmod 600 '{}'`",
        path.display(),
        path.display()
    );
    let _ = writeln!(io::stderr().lock(), "{}", plain(&text));
}

/// The octets of a file that holds a secret; others than its owner should not be able to read it.
pub fn read_secret_bytes(path: &Path) -> Result<SecretSlice<u8>, Problem> {
    let bytes = read_bytes(path)?;
    warn_if_shared(path);
    Ok(bytes)
}

/// The octets of a file whose secrets are encrypted, or that holds none.
pub fn read_bytes(path: &Path) -> Result<SecretSlice<u8>, Problem> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|e| unreadable(path, &e.to_string()))?;
    if bytes.len() as u64 > FILE_MAX_BYTES {
        return Err(unreadable(path, "it is longer than 1 MiB"));
    }
    Ok(bytes.into())
}

/// The text of a file that holds a secret, without the line end that editors add.
pub fn read_secret_text(path: &Path) -> Result<SecretString, Problem> {
    text_of(path, &read_secret_bytes(path)?)
}

/// The text of a file that holds no secret.
pub fn read_text(path: &Path) -> Result<SecretString, Problem> {
    text_of(path, &read_bytes(path)?)
}

fn text_of(path: &Path, bytes: &SecretSlice<u8>) -> Result<SecretString, Problem> {
    let text = read_foreign_text(bytes.expose_secret()).map_err(|why| unreadable(path, &why.to_string()))?;
    let text = without_line_end(&text);
    if text.is_empty() {
        return Err(unreadable(path, "it is empty"));
    }
    Ok(text.into())
}

/// The first line of stdin.
pub fn read_secret_stdin() -> Result<SecretString, Problem> {
    let failed = |why: &str| {
        Problem::new(
            Code::PasswordInvalid,
            format!("No password could be read from stdin ({why})"),
            "Write the password to stdin as one line.",
        )
    };
    let line = first_line(io::stdin().lock().take(FILE_MAX_BYTES)).map_err(|e| failed(&e.to_string()))?;
    let text = read_foreign_text(line.expose_secret()).map_err(|why| failed(&why.to_string()))?;
    let line = text.split_inclusive('\n').next().unwrap_or_default();
    Ok(without_line_end(line).into())
}

/// Up to the end of a line; of UTF-16, in which a line ends otherwise, all.
fn first_line(mut from: impl BufRead) -> io::Result<SecretSlice<u8>> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    if line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff]) {
        from.read_to_end(&mut line)?;
    }
    Ok(line.into())
}

/// Asks for a password on a terminal, without showing it; none if there is no terminal or nothing was typed.
pub fn prompt_secret(global: &Global, question: &str) -> Result<Option<SecretString>, Failure> {
    let stdin = io::stdin();
    if global.no_input || !stdin.is_terminal() {
        return Ok(None);
    }
    let mut stderr = io::stderr();
    let _ = write!(stderr, "{question}: ");
    let _ = stderr.flush();
    let hidden = Hidden::start();
    let mut line = String::new();
    let read = stdin.lock().take(FILE_MAX_BYTES).read_line(&mut line);
    drop(hidden);
    let _ = writeln!(stderr);
    read?;
    let line = without_line_end(without_bom(&line));
    Ok((!line.is_empty()).then(|| line.into()))
}

/// The terminal shows nothing of what is typed until this is dropped.
struct Hidden(Option<rustix::termios::Termios>);

impl Hidden {
    fn start() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = io::stdin();
        let Ok(before) = tcgetattr(&stdin) else {
            return Self(None);
        };
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        let _ = tcsetattr(&stdin, OptionalActions::Now, &hidden);
        Self(Some(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, before);
        }
    }
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn unreadable(path: &Path, why: &str) -> Problem {
    Problem::new(
        Code::FileUnreadable,
        format!("The file `{}` cannot be used ({why})", path.display()),
        "Correct its name or its content.",
    )
    .in_system(System {
        name: "this machine's file system".into(),
        ..System::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_not_part_of_a_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        for (content, secret) in [("a b\n", "a b"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a", " a")] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(read_secret_text(&path).unwrap().expose_secret(), secret);
        }
        let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        for marked in ["\u{feff}a b\n".as_bytes().to_vec(), utf16("\u{feff}a b\r\n")] {
            assert_eq!(first_line(&marked[..]).unwrap().expose_secret(), &marked[..]);
            std::fs::write(&path, marked).unwrap();
            assert_eq!(read_secret_text(&path).unwrap().expose_secret(), "a b");
        }
        for (content, why) in [
            (b"\n".to_vec(), "it is empty"),
            ("\u{feff}\n".as_bytes().to_vec(), "it is empty"),
            (utf16("secret"), "UTF-16 text without"),
        ] {
            std::fs::write(&path, content).unwrap();
            let told = read_secret_text(&path).unwrap_err();
            assert!(told.what.contains(why), "{told}");
        }
        std::fs::write(&path, vec![b'a'; (1 << 20) + 1]).unwrap();
        assert!(read_secret_text(&path).is_err());
    }
}
