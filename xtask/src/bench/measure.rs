//! Measuring another process from outside: wall time, CPU time and peak resident memory.

use anyhow::{Context, Result};
use std::{
    fs,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// What one process cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub wall_s: f64,
    pub cpu_s: f64,
    pub peak_mib: f64,
}

/// Runs it to its end; with what it said if that was a failure. The peak is the kernel's own high-water mark, read every few milliseconds while it lives; the CPU
/// time is read from the ended process before it is reaped, so that nothing is missed.
pub fn measure(command: &mut Command) -> Result<(Cost, Option<String>)> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
    let pid = child.id();
    let mut errors = child.stderr.take().context("stderr is piped")?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(&mut errors, &mut text);
        text
    });
    let mut peak_kib = 0;
    let mut ticks = 0;
    loop {
        if let Some(kib) = high_water_kib(pid) {
            peak_kib = peak_kib.max(kib);
        }
        let Some((state, used)) = state_and_ticks(pid) else {
            break;
        };
        ticks = used;
        if state == 'Z' {
            break;
        }
        sleep(Duration::from_millis(5));
    }
    let wall_s = started.elapsed().as_secs_f64();
    let status = child.wait()?;
    let text = reader.join().unwrap_or_default();
    let trouble = (!status.success()).then(|| format!("ended with {status}: {}", tail(&text)));
    // USER_HZ is 100 on every Linux that Coldkeep supports.
    let cost = Cost {
        wall_s,
        cpu_s: ticks as f64 / 100.0,
        peak_mib: peak_kib as f64 / 1024.0,
    };
    Ok((cost, trouble))
}

fn high_water_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// State letter and user + system ticks, from `/proc/PID/stat` (the name in it may hold spaces and brackets).
fn state_and_ticks(pid: u32) -> Option<(char, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let rest = stat.rsplit_once(") ")?.1;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some((fields.first()?.chars().next()?, ticks))
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].join(" | ")
}
