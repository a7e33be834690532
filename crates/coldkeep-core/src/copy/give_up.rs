//! When a run stops because nothing works any more: what is left would fail as the last items did, one by one, for hours.

use super::gone::says_gone;
use crate::{Kind, Problem};

/// The number of items one after another that failed for want of a right or a service, none done between them: the rest would
/// fail too.
const HOPELESS_AFTER: u32 = 256;

/// Counts failures of a run's items, in the order in which they end.
#[derive(Debug, Default)]
pub struct GiveUp {
    hopeless: u32,
}

impl GiveUp {
    /// An item was done.
    pub fn done(&mut self) {
        self.hopeless = 0;
    }

    /// An item failed. The problem with which the run ends, if it does.
    pub fn failed(&mut self, problem: &Problem) -> Result<(), Problem> {
        // A container that is gone, or an account that took nothing at all for very long: all others would wait as long.
        if says_gone(problem) || problem.kind == Kind::Throttled {
            return Err(problem.clone());
        }
        let is_general = matches!(
            problem.kind,
            Kind::Denied | Kind::Unauthenticated | Kind::Expired | Kind::Unavailable
        );
        self.hopeless = if is_general { self.hopeless + 1 } else { 0 };
        if self.hopeless < HOPELESS_AFTER {
            return Ok(());
        }
        Err(problem.clone().context(format!(
            "{HOPELESS_AFTER} blobs in a row failed for the same reason"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    /// A problem of this kind.
    fn problem(kind: Kind) -> Problem {
        let code = Code::ALL.iter().find(|code| code.kind() == kind);
        Problem::new(*code.unwrap(), "It failed", "Do it again.")
    }

    /// How many failures of this kind a run takes.
    fn failures(give_up: &mut GiveUp, kind: Kind) -> u32 {
        (1..10_000)
            .find(|_| give_up.failed(&problem(kind)).is_err())
            .unwrap_or(u32::MAX)
    }

    #[test]
    fn what_fails_for_all_alike_ends_the_run_after_a_while() {
        for kind in [
            Kind::Denied,
            Kind::Unauthenticated,
            Kind::Expired,
            Kind::Unavailable,
        ] {
            assert_eq!(failures(&mut GiveUp::default(), kind), HOPELESS_AFTER, "{kind:?}");
        }
        for kind in [Kind::Conflict, Kind::Corrupt, Kind::Unsupported] {
            assert_eq!(failures(&mut GiveUp::default(), kind), u32::MAX, "{kind:?}");
        }
    }

    #[test]
    fn an_item_that_is_done_or_fails_by_itself_begins_the_count_again() {
        let mut give_up = GiveUp::default();
        let almost = |give_up: &mut GiveUp| {
            for _ in 1..HOPELESS_AFTER {
                give_up.failed(&problem(Kind::Denied)).unwrap();
            }
        };
        almost(&mut give_up);
        give_up.done();
        almost(&mut give_up);
        give_up.failed(&problem(Kind::Corrupt)).unwrap();
        almost(&mut give_up);
        let ended = give_up.failed(&problem(Kind::Denied)).unwrap_err();
        assert_eq!(ended.kind, Kind::Denied);
    }

    #[test]
    fn a_container_that_is_gone_ends_the_run_at_once() {
        let gone = Problem::new(Code::ContainerNotFound, "It is not there", "Create it.");
        assert_eq!(GiveUp::default().failed(&gone), Err(gone));
        assert_eq!(failures(&mut GiveUp::default(), Kind::Throttled), 1);
    }
}
