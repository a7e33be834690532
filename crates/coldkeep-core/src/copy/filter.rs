//! Which names a job takes: include and exclude globs over names relative to the repository's folder.

use crate::Problem;
use globset::{Candidate, GlobBuilder, GlobMatcher};

/// A name is taken if some include glob matches (or there is none) and no exclude glob does. `*` and `?` stop at
/// `/`, `**` does not.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    include: Vec<GlobMatcher>,
    exclude: Vec<GlobMatcher>,
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
        (self.include.is_empty() || self.include.iter().any(|g| g.is_match_candidate(&name)))
            && !self.exclude.iter().any(|g| g.is_match_candidate(&name))
    }
}

fn compile(globs: &[String]) -> Result<Vec<GlobMatcher>, Problem> {
    globs
        .iter()
        .map(|text| {
            let glob = GlobBuilder::new(text).literal_separator(true).build().map_err(|e| {
                Problem::invalid(
                    format!("`{text}` is not a glob ({})", e.kind()),
                    "Write names with `*`, `?`, `[a-z]`, `{a,b}` and `**` (any number of folders); put `\\` before \
                     such a sign to mean itself.",
                )
            })?;
            Ok(glob.compile_matcher())
        })
        .collect()
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
}
