//! One data folder, several commands: with a daemon, without one, and over TCP.

use crate::bin::Bin;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

/// `coldkeep serve`, ended when dropped.
pub struct Daemon {
    pub child: Child,
    pub serving: Value,
}

impl Daemon {
    pub fn start(bin: &Bin, args: &[&str]) -> Self {
        let mut child = bin
            .command(&[&["--output", "jsonl", "serve"], args].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            serving: serde_json::from_str(&line).unwrap(),
            child,
        }
    }

    /// Asks it to end; answers whether it ended well.
    pub fn end(mut self) -> bool {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const ADD: [&str; 5] = [
    "cloud",
    "add",
    "box",
    "--blob-endpoint",
    "https://{account}.example.net",
];

#[test]
fn commands_talk_to_the_daemon_of_their_data_folder() {
    let bin = Bin::new();
    let daemon = Daemon::start(&bin, &[]);
    let socket = daemon.serving["socket"].as_str().unwrap().to_owned();
    assert_eq!(daemon.serving["url"], Value::Null);
    bin.ok(&ADD);
    assert_eq!(bin.json(&["cloud", "show", "box"])["name"], "box");
    assert!(
        bin.refused(&["serve"])
            .contains("Another process uses the data folder")
    );
    assert!(std::path::Path::new(&socket).exists());
    assert!(daemon.end());
    assert!(!std::path::Path::new(&socket).exists());
    assert_eq!(bin.json(&["cloud", "show", "box"])["name"], "box");
}

#[test]
fn a_daemon_that_was_killed_leaves_nothing_in_the_way() {
    let bin = Bin::new();
    let mut daemon = Daemon::start(&bin, &[]);
    daemon.child.kill().unwrap();
    daemon.child.wait().unwrap();
    assert!(bin.data_dir().join("coldkeep.sock").exists());
    bin.ok(&ADD);
    Daemon::start(&bin, &[]);
}

#[test]
fn commands_without_a_daemon_share_the_folder() {
    let bin = Bin::new();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let bin = &bin;
            scope.spawn(move || {
                let name = format!("box{n}");
                bin.ok(&[
                    "cloud",
                    "add",
                    &name,
                    "--blob-endpoint",
                    "https://{account}.example.net",
                ]);
            });
        }
    });
    let listed = bin.json(&["cloud", "list"]);
    let custom = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["builtin"] == false)
        .count();
    assert_eq!(custom, 8);
}

#[test]
fn tcp_asks_for_the_token() {
    let bin = Bin::new();
    let daemon = Daemon::start(&bin, &["--listen", "127.0.0.1:0"]);
    let url = daemon.serving["url"].as_str().unwrap().to_owned();
    let token_file = daemon.serving["token_file"].as_str().unwrap().to_owned();

    let elsewhere = Bin::new();
    let listed = elsewhere.json(&["--server", &url, "--token-file", &token_file, "cloud", "list"]);
    assert!(listed.as_array().unwrap().len() >= 3);
    assert!(
        !elsewhere.data_dir().exists(),
        "a client of another server keeps nothing here"
    );

    let wrong = elsewhere.file("token", "0123456789012345678901234567890123456789012");
    let told = elsewhere.refused(&["--server", &url, "--token-file", &wrong, "cloud", "list"]);
    assert!(told.contains("token"), "{told}");
    let told = elsewhere.refused(&[
        "--server",
        "http://example.net",
        "--token-file",
        &wrong,
        "cloud",
        "list",
    ]);
    assert!(told.contains("plain HTTP"), "{told}");
    assert!(daemon.end());
}

#[test]
fn only_loopback_is_listened_on() {
    assert!(
        Bin::new()
            .refused(&["serve", "--listen", "0.0.0.0:0"])
            .contains("0.0.0.0")
    );
}
