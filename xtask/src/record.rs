//! `cargo xtask record`: runs a command in a terminal of its own and draws what it left on the screen as an SVG.

use crate::run::{root, say};
use anyhow::{Context, Result, bail};
use std::{fmt::Write as _, fs, path::PathBuf, process::Command};

/// Characters a line.
const COLUMNS: u16 = 110;
/// More than any command here prints, so that nothing scrolls away.
const ROWS: u16 = 200;
/// Size of a character, in pixels.
const CHAR_WIDTH: f32 = 8.4;
const LINE_HEIGHT: f32 = 19.0;
const MARGIN: f32 = 14.0;

/// The sixteen colours of the terminal in the picture.
const PALETTE: [&str; 16] = [
    "#1b1f24", "#e5534b", "#57ab5a", "#c69026", "#539bf5", "#b083f0", "#39c5cf", "#adbac7", "#636e7b",
    "#ff938a", "#6bc46d", "#daaa3f", "#6cb6ff", "#dcbdfb", "#56d4dd", "#cdd9e5",
];

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file that is written
    #[arg(long, default_value = "docs/images/demo.svg")]
    to: PathBuf,
    /// What is shown as typed
    #[arg(long, default_value = "coldkeep demo")]
    prompt: String,
    /// The command that is run
    #[arg(long, default_value = "target/release/coldkeep demo --source docs")]
    command: String,
    /// What comes before the first line with this text is left out
    #[arg(long, default_value = "2. Uploading")]
    from: String,
}

pub fn run(args: &Args) -> Result<()> {
    let screen = record(&args.command)?;
    let svg = draw(&args.prompt, &args.from, &screen);
    let to = root().join(&args.to);
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&to, svg).with_context(|| format!("cannot write {}", to.display()))?;
    say(&format!("wrote {}", args.to.display()));
    Ok(())
}

/// `script` (util-linux) gives the command a terminal.
fn record(command: &str) -> Result<vt100::Parser> {
    let in_terminal = format!("stty cols {COLUMNS} rows {ROWS}; {command}");
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &in_terminal, "/dev/null"])
        .env("TERM", "xterm-256color")
        .current_dir(root())
        .output()
        .context("cannot start `script`: install util-linux")?;
    if !output.status.success() {
        bail!("`{command}` failed ({})", output.status);
    }
    let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
    parser.process(&output.stdout);
    Ok(parser)
}

fn draw(prompt: &str, from: &str, parser: &vt100::Parser) -> String {
    let screen = parser.screen();
    let first = (0..ROWS)
        .find(|row| row_text(screen, *row).contains(from))
        .unwrap_or_default();
    let last = (first..ROWS)
        .rev()
        .find(|row| !row_text(screen, *row).trim().is_empty());
    let lines = last.map_or(0, |last| last - first + 1);
    let width = f32::from(COLUMNS) * CHAR_WIDTH + 2.0 * MARGIN;
    let height = f32::from(lines + 1) * LINE_HEIGHT + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#22272e\"/>\n"
    );
    text(&mut svg, (0, 0), PALETTE[10], false, "$");
    text(&mut svg, (2, 0), PALETTE[15], true, prompt);
    for line in 0..lines {
        draw_line(&mut svg, screen, first + line, line);
    }
    svg.push_str("</svg>\n");
    svg
}

fn row_text(screen: &vt100::Screen, row: u16) -> String {
    screen.rows(0, COLUMNS).nth(usize::from(row)).unwrap_or_default()
}

/// Neighbours that look alike become one text.
fn draw_line(svg: &mut String, screen: &vt100::Screen, row: u16, line: u16) {
    let mut run: Option<(u16, &str, bool, String)> = None;
    for column in 0..COLUMNS {
        let Some(cell) = screen.cell(row, column) else {
            continue;
        };
        let (fill, bold) = (fill_of(cell), cell.bold());
        let content = if cell.has_contents() { cell.contents() } else { " " };
        match &mut run {
            Some((_, f, b, so_far)) if *f == fill && *b == bold => so_far.push_str(content),
            _ => {
                if let Some((at, fill, bold, done)) = run.take() {
                    text(svg, (at, line + 1), fill, bold, &done);
                }
                run = Some((column, fill, bold, content.to_owned()));
            }
        }
    }
    if let Some((at, fill, bold, done)) = run {
        text(svg, (at, line + 1), fill, bold, &done);
    }
}

fn fill_of(cell: &vt100::Cell) -> &'static str {
    match cell.fgcolor() {
        vt100::Color::Idx(index) => PALETTE.get(usize::from(index)).copied().unwrap_or(PALETTE[7]),
        _ if cell.dim() => PALETTE[8],
        _ => PALETTE[7],
    }
}

fn text(svg: &mut String, (column, row): (u16, u16), fill: &str, bold: bool, content: &str) {
    let shown = content.trim_end();
    if shown.is_empty() {
        return;
    }
    let x = MARGIN + f32::from(column) * CHAR_WIDTH;
    let y = MARGIN + f32::from(row + 1) * LINE_HEIGHT - 5.0;
    let weight = if bold { " font-weight=\"bold\"" } else { "" };
    let escaped = shown.replace('&', "&amp;").replace('<', "&lt;");
    let length = shown.chars().count();
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{fill}\"{weight} textLength=\"{:.1}\" xml:space=\"preserve\">{escaped}</text>",
        CHAR_WIDTH * f32::from(u16::try_from(length).unwrap_or(COLUMNS))
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_texts_and_trailing_rows_are_left_out() {
        let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
        parser.process(b"plain \x1b[32mok\x1b[0m <1>\r\n\r\nlast");
        let svg = draw("run", "", &parser);
        assert!(svg.contains(&format!("fill=\"{}\"", PALETTE[2])), "{svg}");
        assert!(svg.contains("&lt;1>") && svg.contains(">last<"), "{svg}");
        assert_eq!(svg.matches("<text").count(), 6, "{svg}");
        let end = draw("run", "last", &parser);
        assert!(end.contains(">last<") && !end.contains("plain"), "{end}");
    }
}
