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

/// What to do where a service asks for more than the sign-in has.
pub(crate) const STEP_UP: &str = "Sign in again, with the second step that is asked for (multi-factor authentication): in a \
     browser (`--sign-in browser`) it can always be asked for.";

pub(crate) use entra::next_of_application;

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
    if let Some(number) = entra::number(code)
        && !matches!(kind, Kind::Throttled | Kind::Unavailable)
    {
        return format!(
            "Entra explains this code at https://login.microsoftonline.com/error?code={number}; mostly it takes an \
             administrator of the tenant, who finds the request by its id in Entra's sign-in logs."
        );
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
    fn an_unknown_code_of_entra_is_nothing_that_the_service_names() {
        for (code, status) in [("AADSTS9002314", 400), ("AADSTS123456", 401), ("AADSTS1", 403)] {
            let kind = kind_of(Some(code), status);
            let next = next_step(Some(code), kind, "Microsoft Entra ID");
            assert!(next.contains(&format!("error?code={}", &code[6..])), "{next}");
        }
        let busy = next_step(Some("AADSTS90033"), Kind::Unavailable, "Microsoft Entra ID");
        assert!(busy.contains("reaches"), "{busy}");
        let other = next_step(Some("invalid_target"), Kind::Invalid, "Microsoft Entra ID");
        assert!(other.contains("what the service names"), "{other}");
    }

    #[test]
    fn what_refuses_people_their_way_of_signing_in_means_something_else_for_an_application() {
        for code in ["AADSTS53003", "AADSTS530032", "AADSTS530003"] {
            let person = next_step(Some(code), Kind::Denied, "x");
            let application = next_of_application(Some(code)).unwrap();
            assert!(person.contains("--sign-in"), "{code}: {person}");
            assert!(application.contains("workload"), "{code}: {application}");
            assert!(!application.contains("--sign-in"), "{code}: {application}");
        }
        assert_eq!(next_of_application(Some("AADSTS7000215")), None);
    }

    #[test]
    fn every_next_step_is_a_sentence_and_no_code_is_listed_twice() {
        for (at, (code, _, next)) in rows().enumerate() {
            assert!(next.ends_with('.'), "{code}");
            assert!(rows().skip(at + 1).all(|row| row.0 != *code), "{code}");
        }
    }
}
