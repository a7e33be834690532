//! Which names a job takes: include and exclude globs over names relative to the repository's folder.

use crate::{Code, Problem};
use globset::{Candidate, Error, Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// No name of a blob is longer than 1,024 characters.
const GLOB_MAX_BYTES: usize = 4096;

/// Alternates within alternates. A glob is read and compiled by recursion, so what is deeper would end the process.
const DEPTH_MAX: usize = 16;

/// Of one list, and all its globs together: they are compiled and kept in memory as one.
const GLOBS_MAX: usize = 1000;
const ALL_MAX_BYTES: usize = 64 << 10;

/// A name is taken if some include glob matches (or there is none) and no exclude glob does. `*` and `?` stop at
/// `/`, `**` does not.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    include: GlobSet,
    exclude: GlobSet,
}

impl Filter {
    /// Fails naming the glob that cannot be read.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, Problem> {
        Ok(Self {
            include: compile(include)?,
            exclude: compile(exclude)?,
        })
    }

    /// `relative` is the name without the repository's folder.
    pub fn takes(&self, relative: &str) -> bool {
        // Most jobs have no globs; then nothing is built per name.
        if self.include.is_empty() && self.exclude.is_empty() {
            return true;
        }
        let name = Candidate::new(relative);
        (self.include.is_empty() || self.include.is_match_candidate(&name))
            && !self.exclude.is_match_candidate(&name)
    }
}

fn compile(globs: &[String]) -> Result<GlobSet, Problem> {
    if globs.len() > GLOBS_MAX || globs.iter().map(String::len).sum::<usize>() > ALL_MAX_BYTES {
        return Err(Problem::new(
            Code::FilterInvalid,
            format!(
                "One list has more than {GLOBS_MAX} globs, or its globs have more than {} KiB",
                ALL_MAX_BYTES >> 10
            ),
            "Write fewer and shorter ones: `**` stands for any number of folders, `{a,b}` for one of several words.",
        ));
    }
    let mut all = GlobSetBuilder::new();
    for text in globs {
        let glob = read(text)?;
        // By itself first, so that the one that cannot be used is named.
        GlobSetBuilder::new()
            .add(glob.clone())
            .build()
            .map_err(|e| unusable(text, &e))?;
        all.add(glob);
    }
    all.build().map_err(|_| {
        Problem::new(
            Code::FilterInvalid,
            "The globs together are too large",
            "Write fewer, or simpler ones.",
        )
    })
}

fn read(text: &str) -> Result<Glob, Problem> {
    if text.len() > GLOB_MAX_BYTES || depth(text) > DEPTH_MAX {
        let start: String = text.chars().take(40).collect();
        return Err(Problem::new(
            Code::FilterInvalid,
            format!(
                "The glob that begins with `{start}` is longer than {GLOB_MAX_BYTES} bytes, or has braces more than \
                 {DEPTH_MAX} deep"
            ),
            "Write several shorter globs instead.",
        ));
    }
    GlobBuilder::new(text)
        .literal_separator(true)
        .build()
        .map_err(|e| unusable(text, &e))
}

/// How many braces are open at most. One in square brackets counts as well: that errs on the safe side.
fn depth(text: &str) -> usize {
    let (mut open, mut most, mut escaped) = (0_usize, 0, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => {
                open += 1;
                most = most.max(open);
            }
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

fn unusable(text: &str, error: &Error) -> Problem {
    let why = match error.kind() {
        globset::ErrorKind::Regex(_) => "it is too large".to_owned(),
        kind => kind.to_string(),
    };
    let start: String = text.chars().take(100).collect();
    Problem::new(
        Code::FilterInvalid,
        format!("`{start}` is not a glob ({why})"),
        "Write names with `*`, `?`, `[a-z]`, `{a,b}` and `**` (any number of folders); put `\\` before such \
        a character to match the character itself.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(include: &[&str], exclude: &[&str]) -> Filter {
        let own = |globs: &[&str]| globs.iter().map(ToString::to_string).collect::<Vec<_>>();
        Filter::new(&own(include), &own(exclude)).unwrap()
    }

    #[test]
    fn names_are_taken_by_globs() {
        for (include, exclude, name, taken) in [
            (&[][..], &[][..], "anything/at all", true),
            (&["*.vbk"], &[], "a.vbk", true),
            (&["*.vbk"], &[], "d/a.vbk", false),
            (&["**/*.vbk"], &[], "d/e/a.vbk", true),
            (&["**/*.vbk"], &[], "a.vbk", true),
            (&["d/**"], &["**/*.tmp"], "d/a.tmp", false),
            (&["d/**"], &["**/*.tmp"], "d/a", true),
            (&["d/**"], &[], "D/a", false),
            (&["**"], &[], "/lead//and/../trail/.", true),
            (&[], &["*."], "trailing.", false),
            (&[], &["locks/*"], "locks/1", false),
            (&["ü*"], &[], "über", true),
        ] {
            assert_eq!(
                filter(include, exclude).takes(name),
                taken,
                "{include:?} {exclude:?} {name}"
            );
        }
    }

    #[test]
    fn a_broken_glob_is_named() {
        let problem = Filter::new(&["a[".into()], &[]).unwrap_err();
        assert!(problem.what.contains("`a[`"), "{problem}");
    }

    #[test]
    fn what_would_break_the_compiler_of_globs_is_refused() {
        let braces = |n: usize, inner: &str| format!("{}{inner}{}", "{".repeat(n), "}".repeat(n));
        let nested = |n: usize| format!("{}a{}", "{a,".repeat(n), "}".repeat(n));
        for glob in [
            braces(3000, "a"),
            nested(3000),
            nested(300),
            "{".repeat(3000),
            "[{]".repeat(100) + &nested(17),
            "a".repeat(100_000),
            "?".repeat(100_000),
            "**/".repeat(50_000),
            format!("[{}]", "a-z".repeat(40_000)),
        ] {
            let start: String = glob.chars().take(30).collect();
            assert!(Filter::new(std::slice::from_ref(&glob), &[]).is_err(), "{start}");
            assert!(Filter::new(&[], &[glob]).is_err(), "{start}");
        }
        let many = vec!["a".to_owned(); 1001];
        assert!(Filter::new(&many, &[]).is_err());
        // Not a panic, for any result.
        for glob in [
            "?".repeat(4000),
            "*".repeat(4000),
            "**/".repeat(1300),
            format!("{{{}}}", "?*,".repeat(1000)),
            "[!a]".repeat(1000),
            "[\u{80}-\u{10ffff}]".repeat(400),
            nested(16),
        ] {
            let _ = Filter::new(&[glob.clone(), glob], &[]).map(|filter| filter.takes("a/b"));
        }
        assert!(filter(&["{a,{b,{c,d}}}"], &[]).takes("d"));
    }
}
