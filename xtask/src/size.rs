//! `cargo xtask size`: what building the program costs and how large it is, held against bars; docs/build.md keeps the table.

use crate::run::{command, output, root, run, say, target_dir};
use anyhow::{Context, Result, bail};
use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf, time::Instant};

/// Every package of a build has to be reviewed.
const PACKAGES_MAX: usize = 260;
const BINARY_MAX_BYTES: u64 = 30_000_000;
/// The first command of a fresh clone, on 2 cores with nothing else to do. Depends on the machine: shown, never failed for.
const BUILD_MAX_S: u64 = 360;

const TABLE: &str = "docs/build.md";
const BEGIN: &str = "<!-- cargo xtask size --build -->\n";
const END: &str = "<!-- end -->\n";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Build in an empty target folder first, measure that, and write the table in docs/build.md (takes both cores for minutes)
    #[arg(long)]
    build: bool,
}

/// What a build took.
struct Build {
    wall_s: u64,
    cpu_s: u64,
    cores: usize,
    /// How many others wanted the processors when it began.
    load: f64,
}

struct Row {
    what: &'static str,
    measured: String,
    bar: String,
}

/// Measures, prints, and fails where a bar on packages or size is broken.
pub fn check(args: &Args) -> Result<()> {
    let packages = count_packages(&[])?;
    let without_demo = count_packages(&["--no-default-features"])?;
    let (folder, build) = build(args.build)?;
    let binary = folder.join("release/coldkeep");
    let size_bytes = fs::metadata(&binary)?.len();
    let mut rows = vec![
        Row {
            what: "packages",
            measured: packages.to_string(),
            bar: PACKAGES_MAX.to_string(),
        },
        Row {
            what: "packages without the demo",
            measured: without_demo.to_string(),
            bar: String::new(),
        },
        Row {
            what: "release binary",
            measured: megabytes(size_bytes),
            bar: megabytes(BINARY_MAX_BYTES),
        },
    ];
    rows.extend(build.map(Row::from));
    let table = table(&rows);
    print(&table);
    if args.build {
        keep(&table)?;
    }
    if packages > PACKAGES_MAX {
        bail!(too_many(packages));
    }
    if size_bytes > BINARY_MAX_BYTES {
        bail!(
            "the release binary has {}, and at most {} are allowed",
            megabytes(size_bytes),
            megabytes(BINARY_MAX_BYTES)
        );
    }
    Ok(())
}

/// The bar that needs no build.
pub fn check_packages() -> Result<()> {
    let packages = count_packages(&[])?;
    if packages > PACKAGES_MAX {
        bail!(too_many(packages));
    }
    say(&format!("size: {packages} packages of at most {PACKAGES_MAX}"));
    Ok(())
}

fn too_many(packages: usize) -> String {
    format!(
        "the program is built of {packages} packages, and at most {PACKAGES_MAX} are allowed: \
         `cargo tree -p coldkeep -e normal,build` shows who brings them"
    )
}

/// Everything that is compiled for the program on this machine, our crates and build scripts among it, each version once.
fn count_packages(flags: &[&str]) -> Result<usize> {
    let tree = [
        "tree",
        "--locked",
        "--package=coldkeep",
        "--edges=normal,build",
        "--prefix=none",
    ];
    let tree = output(&mut command("cargo", &[&tree[..], flags].concat()))?;
    Ok(names_and_versions(&tree).len())
}

/// Of lines like `syn v2.0.1 (proc-macro) (*)` the first two words.
fn names_and_versions(tree: &str) -> BTreeSet<(&str, &str)> {
    tree.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect()
}

/// The target folder with the release binary in it, and what it took where it was empty before.
fn build(from_nothing: bool) -> Result<(PathBuf, Option<Build>)> {
    let args = ["build", "--release", "--locked", "--package", "coldkeep"];
    if !from_nothing {
        run(&mut command("cargo", &args))?;
        return Ok((target_dir(), None));
    }
    let folder = target_dir().join("size");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // What is not on this machine yet is another matter than building.
    run(&mut command("cargo", &["fetch", "--locked"]))?;
    let (load, cpu_before, start) = (load()?, cpu_of_children_s()?, Instant::now());
    run(command("cargo", &args).env("CARGO_TARGET_DIR", &folder))?;
    let build = Build {
        wall_s: start.elapsed().as_secs(),
        cpu_s: cpu_of_children_s()?.saturating_sub(cpu_before),
        cores: std::thread::available_parallelism()?.get(),
        load,
    };
    Ok((folder, Some(build)))
}

impl From<Build> for Row {
    fn from(build: Build) -> Self {
        Self {
            what: "first build",
            measured: format!(
                "{} s on {} cores ({} s of processor time; load {} before)",
                build.wall_s, build.cores, build.cpu_s, build.load
            ),
            bar: format!("{BUILD_MAX_S} s on 2 idle cores"),
        }
    }
}

fn load() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg")?;
    let first = text.split_whitespace().next().unwrap_or_default();
    Ok(first.parse()?)
}

/// Processor time of the programs that were started from here and have ended (proc(5): `cutime`, `cstime`).
fn cpu_of_children_s() -> Result<u64> {
    /// The kernel reports 100 a second to programs, independent of its own rate.
    const TICKS_A_SECOND: u64 = 100;
    let text = fs::read_to_string("/proc/self/stat")?;
    let ticks = ticks_of_children(&text).context("/proc/self/stat is not as it should be")?;
    Ok(ticks / TICKS_A_SECOND)
}

/// Fields 16 and 17; the second, a name in parentheses, may hold spaces.
fn ticks_of_children(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(13);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Millions of bytes, as disks count them.
fn megabytes(size_bytes: u64) -> String {
    let tenths = size_bytes.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

fn table(rows: &[Row]) -> String {
    let mut table = String::from("| | measured | at most |\n|---|--:|--:|\n");
    for row in rows {
        let _ = writeln!(table, "| {} | {} | {} |", row.what, row.measured, row.bar);
    }
    table
}

#[expect(clippy::print_stdout, reason = "the table is what this chore is for")]
fn print(table: &str) {
    print!("{table}");
}

/// Writes the table between its marks.
fn keep(table: &str) -> Result<()> {
    let path = root().join(TABLE);
    let page = fs::read_to_string(&path)?;
    let page = with_table(&page, table).with_context(|| format!("{TABLE} has lost its marks"))?;
    fs::write(&path, page)?;
    Ok(())
}

fn with_table(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_once_a_version() {
        let tree = "coldkeep v0.1.0 (/a/b c)\nsyn v2.0.1 (proc-macro)\n\nsyn v2.0.1 (*)\nsyn v3.0.0\n[build-dependencies]\n";
        assert_eq!(names_and_versions(tree).len(), 3);
    }

    #[test]
    fn processor_time_is_read_past_a_name_with_spaces() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 21 22 300 40 20 0 1 0";
        assert_eq!(ticks_of_children(stat), Some(340));
    }

    #[test]
    fn sizes_are_rounded_up() {
        assert_eq!(megabytes(29_900_001), "30.0 MB");
        assert_eq!(megabytes(30_000_000), "30.0 MB");
        assert_eq!(megabytes(30_000_001), "30.1 MB");
    }

    #[test]
    fn the_table_replaces_the_one_that_is_there() {
        let page = format!("a\n{BEGIN}old\n{END}b\n");
        assert_eq!(
            with_table(&page, "new\n"),
            Some(format!("a\n{BEGIN}new\n{END}b\n"))
        );
        assert_eq!(with_table("a\nb\n", "new\n"), None);
    }
}
