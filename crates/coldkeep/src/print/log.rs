//! The log on stderr, and where colours may be: what stands in it from elsewhere stays on its line and steers no
//! terminal.

use super::plain;
use std::io::{self, IsTerminal, Write};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Before anything is printed: the log, colours, and the message for a defect of the program itself.
pub fn prepare() {
    tracing_subscriber::registry()
        .with(fmt::layer().with_ansi(false).with_writer(Lines))
        .with(filter())
        .init();
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    console::set_colors_enabled(wanted && io::stdout().is_terminal());
    console::set_colors_enabled_stderr(wanted && io::stderr().is_terminal());
    std::panic::set_hook(Box::new(|defect| {
        let text = format!("defect: {defect}");
        let _ = writeln!(io::stderr().lock(), "{}", plain(&text));
    }));
}

/// What `COLDKEEP_LOG` asks for, as `info` or `coldkeep_azure=debug`; warnings if it asks for nothing that can be read.
fn filter() -> Targets {
    let asked = std::env::var("COLDKEEP_LOG")
        .ok()
        .filter(|asked| !asked.trim().is_empty());
    asked
        .and_then(|asked| asked.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN))
}

/// Creates a writer for each line of the log.
#[derive(Debug)]
struct Lines;

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(Vec::new())
    }
}

/// One line of the log, written when it is whole.
#[derive(Debug)]
struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.0);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        // If stderr is closed, the error cannot be reported.
        let _ = writeln!(io::stderr().lock(), "{}", plain(text));
    }
}
