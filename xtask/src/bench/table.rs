//! Figures and ratios, printed.

use super::{Row, peers::Contender};

#[expect(clippy::print_stdout, reason = "the result of the chore")]
pub fn print_round(title: &str, rows: &[Row]) {
    let Some(ours) = rows.first() else { return };
    println!("\n{title}");
    println!(
        "{:<18} {:>8} {:>9} {:>10} {:>12} {:>10} {:>9} {:>10} {:>10}",
        "", "blobs", "seconds", "items/s", "CPU ms/item", "req/item", "peak MiB", "speed x", "CPU x"
    );
    for row in rows {
        let n = row.blobs as f64;
        println!(
            "{:<18} {:>8} {:>9.2} {:>10.0} {:>12.3} {:>10.2} {:>9.1} {:>10.2} {:>10.2}",
            row.name,
            row.blobs,
            row.cost.wall_s,
            n / row.cost.wall_s,
            row.cost.cpu_s * 1000.0 / n,
            row.requests as f64 / n,
            row.cost.peak_mib,
            row.cost.wall_s / ours.cost.wall_s,
            row.cost.cpu_s / ours.cost.cpu_s,
        );
        if let Some(trouble) = &row.trouble {
            println!("{:<18} {trouble}", "");
        }
    }
    println!("(speed x, CPU x: how many times longer, how many times more CPU time than Coldkeep)");
}

/// How much of what was allowed was used, and how much was refused.
#[expect(clippy::print_stdout, reason = "the result of the chore")]
pub fn print_limited(allowed_per_s: u32, rows: &[Row]) {
    for row in rows {
        // A copy is a request to both accounts; the target's is the fuller one.
        let used = row.blobs as f64 / row.cost.wall_s;
        println!(
            "{:<18} {:>5.1} % of what is allowed, {:.2} % refused ({} of {})",
            row.name,
            100.0 * used / f64::from(allowed_per_s),
            100.0 * row.refused as f64 / row.requests as f64,
            row.refused,
            row.requests
        );
    }
}

#[expect(clippy::print_stdout, reason = "the result of the chore")]
pub fn print_memory(rows: &[Row]) {
    let ours: Vec<&Row> = rows
        .iter()
        .filter(|r| r.name == Contender::Coldkeep.name())
        .collect();
    if let (Some(first), Some(last)) = (ours.first(), ours.last())
        && ours.len() > 1
    {
        println!(
            "\nColdkeep's peak memory: {:.1} MiB for {} blobs, {:.1} MiB for {} ({:+.1} %).",
            first.cost.peak_mib,
            first.blobs,
            last.cost.peak_mib,
            last.blobs,
            (last.cost.peak_mib / first.cost.peak_mib - 1.0) * 100.0
        );
    }
}
