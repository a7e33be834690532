//! The default sign-in method: a browser, if one can be opened on this machine, else a code.

use super::SignInWay;
use std::{
    env,
    ffi::OsStr,
    fs,
    io::IsTerminal,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// A program that opens an address, and what comes before the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opener {
    program: PathBuf,
    args: &'static [&'static str],
}

/// The environment of this machine's user.
struct LocalEnvironment<'a> {
    interactive: bool,
    macos: bool,
    /// Windows is beside this Linux.
    wsl: bool,
    variable: &'a dyn Fn(&str) -> bool,
    program: &'a dyn Fn(&str) -> Option<PathBuf>,
}

/// The way to sign in, and where it is not the browser, why.
pub fn preferred(no_input: bool) -> (SignInWay, Option<&'static str>) {
    match opener(no_input) {
        Ok(_) => (SignInWay::Browser, None),
        Err(why) => (SignInWay::DeviceCode, Some(why)),
    }
}

/// What opens a browser here; or why nothing does.
pub fn opener(no_input: bool) -> Result<Opener, &'static str> {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let search = env::var_os("PATH").unwrap_or_default();
    LocalEnvironment {
        interactive: !no_input && std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        macos: cfg!(target_os = "macos"),
        wsl: kernel.to_ascii_lowercase().contains("microsoft"),
        variable: &|name| env::var_os(name).is_some_and(|value| !value.is_empty()),
        program: &|name| find_program(name, &search),
    }
    .opener()
}

impl LocalEnvironment<'_> {
    fn opener(&self) -> Result<Opener, &'static str> {
        if !self.interactive {
            return Err("there is no terminal");
        }
        if (self.variable)("SSH_CONNECTION") || (self.variable)("SSH_TTY") {
            return Err("this is a session over SSH");
        }
        let plain = |name: &str| {
            Some(Opener {
                program: (self.program)(name)?,
                args: &[],
            })
        };
        if self.macos {
            return plain("open").ok_or("there is no `open` on this machine");
        }
        if self.wsl {
            let windows = || {
                Some(Opener {
                    program: (self.program)("rundll32.exe")?,
                    args: &["url.dll,FileProtocolHandler"],
                })
            };
            return plain("wslview")
                .or_else(windows)
                .ok_or("nothing on this machine can open a Windows browser");
        }
        if !(self.variable)("DISPLAY") && !(self.variable)("WAYLAND_DISPLAY") {
            return Err("there is no display");
        }
        plain("xdg-open").ok_or("there is no `xdg-open` on this machine")
    }
}

impl Opener {
    /// Asks the desktop to open the page; its address was printed, so nothing is lost where that fails.
    pub fn open(&self, address: &str) {
        let _ = std::process::Command::new(&self.program)
            .args(self.args)
            .arg(address)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn();
    }
}

/// A program of the search path that can be run.
fn find_program(name: &str, search: &OsStr) -> Option<PathBuf> {
    let runs = |path: &Path| {
        fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    env::split_paths(search)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| runs(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(
        interactive: bool,
        (macos, wsl): (bool, bool),
        set: &[&str],
        there: &[&str],
    ) -> Result<String, &'static str> {
        let here = LocalEnvironment {
            interactive,
            macos,
            wsl,
            variable: &|name| set.contains(&name),
            program: &|name| there.contains(&name).then(|| name.into()),
        };
        here.opener().map(|opener| opener.program.display().to_string())
    }

    #[test]
    fn a_browser_is_opened_only_for_somebody_who_can_see_it() {
        let linux = (false, false);
        for (interactive, kind, set, there, found) in [
            (true, linux, &["DISPLAY"][..], &["xdg-open"][..], Ok("xdg-open")),
            (true, linux, &["WAYLAND_DISPLAY"], &["xdg-open"], Ok("xdg-open")),
            (false, linux, &["DISPLAY"], &["xdg-open"], Err("terminal")),
            (true, linux, &[], &["xdg-open"], Err("no display")),
            (true, linux, &["DISPLAY"], &[], Err("xdg-open")),
            (
                true,
                linux,
                &["DISPLAY", "SSH_CONNECTION"],
                &["xdg-open"],
                Err("SSH"),
            ),
            (true, (true, false), &[], &["open"], Ok("open")),
            (true, (true, false), &["SSH_TTY"], &["open"], Err("SSH")),
            (
                true,
                (false, true),
                &[],
                &["wslview", "rundll32.exe"],
                Ok("wslview"),
            ),
            (true, (false, true), &[], &["rundll32.exe"], Ok("rundll32.exe")),
            (true, (false, true), &[], &["xdg-open"], Err("Windows")),
        ] {
            let got = way(interactive, kind, set, there);
            match (&got, found) {
                (Ok(program), Ok(wanted)) => assert_eq!(program, wanted),
                (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
                _ => panic!("{kind:?} {set:?} {there:?}: {got:?}"),
            }
        }
    }
}
