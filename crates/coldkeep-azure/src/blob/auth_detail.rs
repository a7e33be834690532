//! What `AuthenticationErrorDetail` shows about a refused credential
//! (<https://learn.microsoft.com/rest/api/storageservices/sas-error-codes>). It may quote the signature and what was
//! signed, so none of its text is kept: its meaning is given in our words, with the times in it.

use coldkeep_core::{
    Code, Fix, Timestamp, fix,
    problem::{Field, Verb},
};

use super::{dates::parse_http_date, sas_terms::parse_iso};

/// A refused credential, in our words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CredentialRefusal {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) next: Fix,
}

fn new_sas(why: &str) -> Fix {
    fix![
        format!("{why}Create a new one, and set it: "),
        Verb::RepositoryEdit.any().with(Field::Sas),
        "."
    ]
}

fn new_key() -> Fix {
    fix![
        "It may have been rotated. Copy `key1` or `key2` from Access keys in the portal, and set it: ",
        Verb::RepositoryEdit.any().with(Field::AccountKey),
        "."
    ]
}

const RIGHT_SAS: &str = "The key that signed it may have been rotated, its stored access policy removed, or \
    a part of it lost when it was copied. ";
const CLOCK: &str = "Set the clock of this machine (`timedatectl set-ntp true`): the service accepts only \
    requests that are dated within 15 minutes of its own clock.";

/// None if the detail has no known meaning.
pub(super) fn understand(detail: &str) -> Option<CredentialRefusal> {
    let says = |text: &str| detail.contains(text);
    if says("not valid in the specified key time frame") {
        return Some(time_frame(
            "user delegation key behind the shared access signature",
            detail,
        ));
    }
    if says("not valid in the specified time frame") {
        return Some(time_frame("shared access signature", detail));
    }
    // Without a start of its own, the service takes the moment of the request for it.
    if says("Signed expiry time") && says("signed start time") {
        return Some(ended(
            "shared access signature",
            time_after(detail, "expiry time ["),
        ));
    }
    if says("MAC signature found in the HTTP request") {
        return Some(CredentialRefusal {
            code: Code::StorageCredentialRefused,
            message: "the account key is not, or is no longer, one of the account's two keys".into(),
            next: new_key(),
        });
    }
    if says("Signature did not match") {
        return Some(CredentialRefusal {
            code: Code::StorageCredentialRefused,
            message: "no key of the account created this shared access signature, or the signature was \
                changed"
                .into(),
            next: new_sas(RIGHT_SAS),
        });
    }
    if says("Request date header too old") || says("Date header in the request is incorrect") {
        return Some(CredentialRefusal {
            code: Code::ClockDiffers,
            message: "this machine's clock differs by more than 15 minutes from the service's".into(),
            next: CLOCK.into(),
        });
    }
    None
}

/// Ended, or not begun yet: `Start [...] - Expiry [...] - Current [...]`.
fn time_frame(what: &str, detail: &str) -> CredentialRefusal {
    let lower = detail.to_ascii_lowercase();
    let at = |name: &str| time_after(&lower, name);
    let (start, expiry, current) = (at("start ["), at("expiry ["), at("current ["));
    match (start, current) {
        (Some(start), Some(current)) if current < start => CredentialRefusal {
            code: Code::StorageCredentialRefused,
            message: format!("the {what} is valid only from {start} on"),
            next: fix![
                "Wait until then, or create one that is valid now and set it: ",
                Verb::RepositoryEdit.any().with(Field::Sas),
                "."
            ],
        },
        _ => ended(what, expiry),
    }
}

fn ended(what: &str, at: Option<Timestamp>) -> CredentialRefusal {
    CredentialRefusal {
        code: Code::SasExpired,
        message: match at {
            Some(at) => format!("the {what} expired on {at}"),
            None => format!("the {what} has expired"),
        },
        next: new_sas(""),
    }
}

/// The time in brackets after `name`.
fn time_after(detail: &str, name: &str) -> Option<Timestamp> {
    let rest = &detail[detail.find(name)? + name.len()..];
    let text = &rest[..rest.find(']')?];
    capitals(text)
        .as_deref()
        .and_then(parse_http_date)
        .or_else(|| parse_iso(&text.to_ascii_uppercase()))
}

/// `thu, 13 jun 2019 16:18:07 gmt` as HTTP spells it.
fn capitals(text: &str) -> Option<String> {
    let mut parts: Vec<String> = text.split(' ').map(str::to_ascii_lowercase).collect();
    for at in [0, 2] {
        parts.get_mut(at)?.get_mut(..1)?.make_ascii_uppercase();
    }
    parts.get_mut(5)?.make_ascii_uppercase();
    Some(parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_told_with_its_time() {
        for (detail, code, message) in [
            (
                "Signature not valid in the specified time frame: Start [Thu, 09 Jul 2020 10:11:03 GMT] - Expiry [Thu, 09 \
                 Jul 2020 18:11:03 GMT] - Current [Fri, 10 Jul 2020 10:16:22 GMT]",
                Code::SasExpired,
                "the shared access signature expired on 2020-07-09T18:11:03Z",
            ),
            (
                "Signature not valid in the specified time frame: Start [Thu, 13 Jun 2019 16:18:07 GMT] - Expiry [Fri, 14 \
                 Jun 2019 16:23:07 GMT] - Current [Thu, 13 Jun 2019 09:22:53 GMT]",
                Code::StorageCredentialRefused,
                "the shared access signature is valid only from 2019-06-13T16:18:07Z on",
            ),
            (
                "Signed expiry time [Wed, 31 Aug 2022 00:00:00 GMT] has to be after signed start time [Thu, 20 Oct 2022 \
                 20:05:51 GMT]",
                Code::SasExpired,
                "the shared access signature expired on 2022-08-31T00:00:00Z",
            ),
            (
                "Signature not valid in the specified key time frame: Key start [Thu, 09 Jul 2020 10:11:03 GMT] - Key \
                 expiry [Thu, 09 Jul 2020 18:11:03 GMT] - Current [Fri, 10 Jul 2020 10:16:22 GMT]",
                Code::SasExpired,
                "the user delegation key behind the shared access signature expired on 2020-07-09T18:11:03Z",
            ),
            (
                "Signature not valid in the specified time frame",
                Code::SasExpired,
                "the shared access signature has expired",
            ),
            (
                "Request date header too old: 'Thu, 09 Jul 2020 10:11:03 GMT'",
                Code::ClockDiffers,
                "this machine's clock differs by more than 15 minutes from the service's",
            ),
        ] {
            let meaning = understand(detail).unwrap();
            assert_eq!(
                (meaning.code, meaning.message.as_str()),
                (code, message),
                "{detail}"
            );
        }
    }

    #[test]
    fn nothing_that_was_signed_is_repeated() {
        for detail in [
            "The MAC signature found in the HTTP request 'c2VjcmV0' is not the same as any computed signature. Server used \
             following string to sign: 'GET\n\n\nx-ms-date:c2VjcmV0'.",
            "Signature did not match. String to sign used was r\n\n2026\n/blob/north/c2VjcmV0",
        ] {
            let meaning = understand(detail).unwrap();
            assert_eq!(meaning.code, Code::StorageCredentialRefused);
            assert!(!format!("{meaning:?}").contains("c2VjcmV0"), "{meaning:?}");
        }
        assert_eq!(understand("Something with c2VjcmV0 in it"), None);
        assert_eq!(understand(""), None);
    }

    #[test]
    fn times_that_are_none_do_no_harm() {
        for detail in [
            "Signature not valid in the specified time frame: Start [] - Expiry [ä] - Current [x y z a b c]",
            "Signature not valid in the specified time frame: Start [ä ö ü é è à] - Expiry [",
            "Signed expiry time [ is before signed start time ]",
        ] {
            assert_eq!(understand(detail).unwrap().code, Code::SasExpired, "{detail}");
        }
    }
}
