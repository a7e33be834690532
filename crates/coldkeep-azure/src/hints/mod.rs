//! What a refusal means and what to do next: one table a system by its codes, then by kind.

mod arm;
mod entra;
mod storage;

pub(crate) use entra::next_of_application;
pub(crate) use storage::no_such_tier;

use coldkeep_core::{
    Code, Fix, Kind, fix,
    problem::{Field, Verb},
};

/// A service's code, what it means, and the next step.
type Row = (&'static str, Code, fn() -> Fix);

fn rows() -> impl Iterator<Item = &'static Row> {
    [entra::ROWS, arm::ROWS, storage::ROWS].into_iter().flatten()
}

fn row(code: Option<&str>) -> Option<&'static Row> {
    let code = code?;
    rows().find(|row| row.0 == code)
}

/// What to do where a service asks for more than the sign-in has.
pub(crate) fn step_up() -> Fix {
    fix![
        "Sign in again with multi-factor authentication: a browser (",
        Field::SignIn.set("browser"),
        ") always supports it."
    ]
}

/// What a refusal means, by the service's code where it is known, else by the status.
pub(crate) fn meaning_of(code: Option<&str>, status: u16) -> Code {
    if let Some((_, meaning, _)) = row(code) {
        return *meaning;
    }
    match status {
        401 => Code::NotAuthenticated,
        403 => Code::PermissionMissing,
        404 | 410 => Code::AzureObjectNotFound,
        304 | 409 | 412 => Code::AzureConflict,
        429 => Code::Throttled,
        405 | 501 => Code::AzureFeatureUnsupported,
        408 | 500..=599 => Code::ServiceUnavailable,
        _ => Code::AzureRequestInvalid,
    }
}

/// The next step, never empty.
pub(crate) fn next_step(code: Option<&str>, kind: Kind, system: &str) -> Fix {
    if let Some((_, _, next)) = row(code) {
        return next();
    }
    if let Some(number) = entra::number(code)
        && !matches!(kind, Kind::Throttled | Kind::Unavailable)
    {
        return format!(
            "Entra explains this code at https://login.microsoftonline.com/error?code={number}; usually an \
             administrator of the tenant has to resolve it, and finds the request by its id in Entra's \
             sign-in logs."
        )
        .into();
    }
    match kind {
        Kind::Invalid => "Correct what the service names, and try again.".into(),
        Kind::NotFound => "Check the name or id, and that it was not deleted.".into(),
        Kind::Conflict => {
            "Check what already exists; it may have been changed in the meantime. Then try again.".into()
        }
        Kind::Unauthenticated => fix![
            "Check the credential. For a service account: ",
            Verb::ServiceAccountCheck.any(),
            "."
        ],
        Kind::Denied => "Grant the missing permission, or use an identity that has it.".into(),
        Kind::Expired => "Renew what has expired, and try again.".into(),
        Kind::Throttled => "Try again later, or with fewer requests per second.".into(),
        Kind::Unavailable => {
            format!("Check that this machine reaches {system} (name, network, proxy), and try again.").into()
        }
        Kind::Unsupported => "Use another method; the service does not offer this one.".into(),
        Kind::Corrupt => "Verify the stored data before you rely on it.".into(),
        Kind::Cancelled => "Start it again when you need it.".into(),
        Kind::Internal => "This is a defect of Coldkeep; please report it with what you did.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_win_over_the_status() {
        assert_eq!(meaning_of(Some("AADSTS90002"), 400), Code::TenantNotFound);
        assert_eq!(
            meaning_of(Some("AuthenticationFailed"), 403),
            Code::StorageCredentialRefused
        );
        assert_eq!(meaning_of(Some("SomethingNew"), 403), Code::PermissionMissing);
        assert_eq!(meaning_of(None, 503), Code::ServiceUnavailable);
    }

    #[test]
    fn an_unknown_code_of_entra_is_nothing_that_the_service_names() {
        for (code, status) in [("AADSTS9002314", 400), ("AADSTS123456", 401), ("AADSTS1", 403)] {
            let kind = meaning_of(Some(code), status).kind();
            let next = next_step(Some(code), kind, "Microsoft Entra ID").to_string();
            assert!(next.contains(&format!("error?code={}", &code[6..])), "{next}");
        }
        let busy = next_step(Some("AADSTS90033"), Kind::Unavailable, "Microsoft Entra ID").to_string();
        assert!(busy.contains("reaches"), "{busy}");
        let other = next_step(Some("invalid_target"), Kind::Invalid, "Microsoft Entra ID").to_string();
        assert!(other.contains("what the service names"), "{other}");
    }

    #[test]
    fn what_refuses_people_their_way_of_signing_in_means_something_else_for_an_application() {
        for code in ["AADSTS53003", "AADSTS530032", "AADSTS530003"] {
            let person = next_step(Some(code), Kind::Denied, "x");
            assert!(
                person.fields().any(|field| field == Field::SignIn),
                "{code}: {person}"
            );
            let application = next_of_application(meaning_of(Some(code), 400)).unwrap();
            assert!(
                application.to_string().contains("workload"),
                "{code}: {application}"
            );
            assert_eq!(application.fields().count(), 0, "{code}: {application}");
        }
        assert_eq!(next_of_application(Code::SecretRefused), None);
    }

    #[test]
    fn every_next_step_is_a_sentence_and_no_code_is_listed_twice() {
        for (at, (code, _, next)) in rows().enumerate() {
            assert!(next().to_string().ends_with('.'), "{code}");
            assert!(rows().skip(at + 1).all(|row| row.0 != *code), "{code}");
        }
    }
}
