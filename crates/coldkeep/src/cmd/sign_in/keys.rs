//! Single key presses on a terminal, without waiting for the end of a line.

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::{
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};
use tokio::sync::mpsc;

/// Keys typed on this process's terminal. Ctrl-C stays what it is; the terminal is as before when this is dropped.
#[derive(Debug)]
pub struct Keys {
    typed: mpsc::UnboundedReceiver<char>,
    stop: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    before: Termios,
}

/// Tenths of a second after which a read without input returns, so that the reader can be stopped.
const READ_FOR: u8 = 2;

impl Keys {
    /// None if there is no terminal, or no question is allowed.
    pub fn listen(no_input: bool) -> Option<Self> {
        if no_input || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let before = tcgetattr(io::stdin()).ok()?;
        let mut single = before.clone();
        single.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON);
        single.special_codes[SpecialCodeIndex::VMIN] = 0;
        single.special_codes[SpecialCodeIndex::VTIME] = READ_FOR;
        tcsetattr(io::stdin(), OptionalActions::Now, &single).ok()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, typed) = mpsc::unbounded_channel();
        let asked_to_stop = stop.clone();
        // A thread of its own: the next question on this terminal must find what is typed for it.
        let reader = std::thread::spawn(move || {
            while !asked_to_stop.load(Ordering::Relaxed) {
                let mut byte = [0];
                match rustix::io::read(io::stdin(), &mut byte) {
                    Ok(0) | Err(rustix::io::Errno::INTR) => {}
                    Ok(_) => drop(tell.send(char::from(byte[0]).to_ascii_lowercase())),
                    Err(_) => return,
                }
            }
        });
        Some(Self {
            typed,
            stop,
            reader: Some(reader),
            before,
        })
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// The next key; never, without input.
pub async fn next_key(keys: &mut Option<Keys>) -> char {
    let typed = match keys {
        Some(keys) => keys.typed.recv().await,
        None => None,
    };
    match typed {
        Some(key) => key,
        None => std::future::pending().await,
    }
}
