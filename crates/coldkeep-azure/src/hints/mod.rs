//! What a refusal means and what to do next: one table a system by its codes, then by kind.

mod arm;
mod entra;
mod storage;

pub(crate) use storage::NO_SUCH_TIER;

use coldkeep_core::Kind;

/// A code, what sort of failure it is, and the next step.
type Row = (&'static str, Kind, &'static str);

fn rows() -> impl Iterator<Item = &'static Row> {
    [entra::ROWS, arm::ROWS, storage::ROWS].into_iter().flatten()
}

fn row(code: Option<&str>) -> Option<&'static Row> {
    let code = code?;
    rows().find(|row| row.0 == code)
}

/// The kind of a refusal, by the code where it is known, else by the status.
pub(crate) fn kind_of(code: Option<&str>, status: u16) -> Kind {
    if let Some((_, kind, _)) = row(code) {
        return *kind;
    }
    match status {
        401 => Kind::Unauthenticated,
        403 => Kind::Denied,
        404 | 410 => Kind::NotFound,
        304 | 409 | 412 => Kind::Conflict,
        429 => Kind::Throttled,
        405 | 501 => Kind::Unsupported,
        408 | 500..=599 => Kind::Unavailable,
        _ => Kind::Invalid,
    }
}

/// The next step, never empty.
pub(crate) fn next_step(code: Option<&str>, kind: Kind, system: &str) -> String {
    if let Some((_, _, next)) = row(code) {
        return (*next).to_owned();
    }
    match kind {
        Kind::Invalid => "Correct what the service names, and try again.".to_owned(),
        Kind::NotFound => "Check the name or id, and that it was not deleted.".to_owned(),
        Kind::Conflict => {
            "Look at what exists already; it may have been changed meanwhile. Then try again.".to_owned()
        }
        Kind::Unauthenticated => {
            "Check the credential, and run `coldkeep service-account check` for the service account."
                .to_owned()
        }
        Kind::Denied => "Grant the missing right, or use somebody who has it.".to_owned(),
        Kind::Expired => "Renew what has expired, and try again.".to_owned(),
        Kind::Throttled => "Try again later, or with fewer requests per second.".to_owned(),
        Kind::Unavailable => {
            format!("Check that this machine reaches {system} (name, network, proxy), and try again.")
        }
        Kind::Unsupported => "Use another way; the service does not do this one.".to_owned(),
        Kind::Corrupt => "Verify what is stored before relying on it.".to_owned(),
        Kind::Cancelled => "Start it again when it is wanted.".to_owned(),
        Kind::Internal => {
            "This is a defect of Coldkeep; please report it with the command you ran.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_win_over_the_status() {
        assert_eq!(kind_of(Some("AADSTS90002"), 400), Kind::NotFound);
        assert_eq!(kind_of(Some("AuthenticationFailed"), 403), Kind::Unauthenticated);
        assert_eq!(kind_of(Some("SomethingNew"), 403), Kind::Denied);
        assert_eq!(kind_of(None, 503), Kind::Unavailable);
    }

    #[test]
    fn every_next_step_is_a_sentence_and_no_code_is_listed_twice() {
        for (at, (code, _, next)) in rows().enumerate() {
            assert!(next.ends_with('.'), "{code}");
            assert!(rows().skip(at + 1).all(|row| row.0 != *code), "{code}");
        }
    }
}
