//! The binary in a pseudo-terminal, and somebody who reads the screen and presses keys.

use crate::bin::Bin;
use pty_process::{
    Size,
    blocking::{Command, Pty, open},
};
use std::{
    io::{Read, Write},
    process::Child,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// Longer than any step takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);
const ROWS: u16 = 70;

pub const ENTER: &str = "\r";
pub const ESC: &str = "\x1b";
pub const CTRL_C: &str = "\x03";
const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";
pub const SPACE: &str = " ";

pub struct Terminal {
    pty: Arc<Pty>,
    screen: Arc<Mutex<vt100::Parser>>,
    /// Everything that was ever shown, for what must never be.
    shown: Arc<Mutex<Vec<u8>>>,
    child: Child,
}

impl Terminal {
    pub fn start(bin: &Bin, columns: u16, args: &[&str]) -> Self {
        Self::start_in(bin, columns, args, &[])
    }

    /// The same with variables of the environment: without any there is no display.
    pub fn start_in(bin: &Bin, columns: u16, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(ROWS, columns)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_coldkeep"))
            .args(args)
            .env("COLDKEEP_DATA_DIR", bin.data_dir())
            .env("TERM", "xterm-256color")
            .env("USER", "ada")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("SSH_CONNECTION")
            .env_remove("SSH_TTY")
            .envs(variables.iter().copied())
            .spawn(pts)
            .unwrap();
        let pty = Arc::new(pty);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(ROWS, columns, 0)));
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (reader, drawn, all) = (pty.clone(), screen.clone(), shown.clone());
        // Ends with the child: reading then fails.
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = (&*reader).read(&mut buffer) {
                all.lock().unwrap().extend_from_slice(&buffer[..count]);
                drawn.lock().unwrap().process(&buffer[..count]);
            }
        });
        Self {
            pty,
            screen,
            shown,
            child,
        }
    }

    pub fn screen(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// The screen with lines that the terminal broke put together again.
    fn unwrapped(&self) -> String {
        self.screen().replace('\n', "")
    }

    fn shows(&self, text: &str) -> bool {
        self.screen().contains(text) || self.unwrapped().contains(text)
    }

    fn waits_for(&self, texts: &[String]) {
        let start = Instant::now();
        while !texts.iter().any(|text| self.shows(text)) {
            assert!(
                start.elapsed() < PATIENCE,
                "{texts:?} never came:\n{}",
                self.screen()
            );
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until the screen shows a text.
    pub fn sees(&self, text: &str) {
        self.waits_for(&[text.to_owned()]);
    }

    /// Waits until a question is being asked, for the first time or again after a wrong answer.
    pub fn asked(&self, question: &str) {
        self.waits_for(&[format!("◆  {question}"), format!("▲  {question}")]);
    }

    pub fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// Answers a question with a line of text.
    pub fn types(&self, question: &str, answer: &str) {
        self.asked(question);
        // What was refused before stays in the field.
        self.press("\x05");
        self.press(&"\x7f".repeat(120));
        self.press(answer);
        self.press(ENTER);
    }

    /// Takes what a question offers.
    pub fn takes(&self, question: &str) {
        self.asked(question);
        self.press(ENTER);
    }

    /// Goes down a list to an item, else up, and takes it.
    pub fn chooses(&self, question: &str, item: &str) {
        self.asked(question);
        let here = format!("● {item}");
        for step in [[DOWN; 12], [UP; 12]].concat() {
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(300) {
                if self.shows(&here) {
                    self.press(ENTER);
                    return;
                }
                thread::sleep(LOOK_EVERY);
            }
            self.press(step);
        }
        panic!("`{item}` is not to be chosen:\n{}", self.screen());
    }

    /// Waits for its end; answers the exit code.
    pub fn ends(&mut self) -> i32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(start.elapsed() < PATIENCE, "it does not end:\n{}", self.screen());
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Whether a text was shown at any time.
    pub fn ever_showed(&self, text: &str) -> bool {
        let shown = self.shown.lock().unwrap();
        shown.windows(text.len()).any(|w| w == text.as_bytes())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
