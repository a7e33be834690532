//! The texts for a token's refusals.

use coldkeep_core::{Code, Fix, Problem, System, fix, problem::Field};
use cryptoki::error::{Error, RvError};

/// The problem of an error of PKCS#11; `doing` completes "Coldkeep cannot …".
pub(super) fn failed(doing: &str, error: &Error) -> Problem {
    let (meaning, next) = match error {
        Error::Pkcs11(rv, _) => code_and_fix_of(rv),
        Error::LibraryLoading(_) | Error::MissingSymbol(_) => (
            Code::ModuleUnusable,
            "Name the PKCS#11 module's file as its package installed it, for this machine's kind of processor.".into(),
        ),
        _ => (Code::TokenUnavailable, TRY.into()),
    };
    let code = match error {
        Error::Pkcs11(rv, _) => Some(code_of(rv)),
        _ => None,
    };
    Problem::new(meaning, format!("Coldkeep cannot {doing}"), next).in_system(System {
        name: "the PKCS#11 token".into(),
        code,
        message: Some(message_of(error)),
        ..System::default()
    })
}

const TRY: &str =
    "Try the token with `pkcs11-tool` (Debian: `opensc`), or with its vendor's tools, as the same user.";

fn code_and_fix_of(rv: &RvError) -> (Code, Fix) {
    let (code, next) = match rv {
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
            let next = fix![
                "Give the token's user PIN (",
                Field::Pin,
                "). Coldkeep does not try a refused PIN again, because tokens lock after several wrong PINs."
            ];
            return (Code::PinRefused, next);
        }
        RvError::PinLocked => (
            Code::PinRefused,
            "The token is locked after too many wrong PINs; its security officer can set a new one.",
        ),
        RvError::PinExpired => (
            Code::PinRefused,
            "Change the token's PIN with its vendor's tools, then link it again.",
        ),
        RvError::TokenNotPresent | RvError::DeviceRemoved | RvError::SlotIdInvalid => (
            Code::TokenUnavailable,
            "Connect the token again, or start the service it depends on, and try again.",
        ),
        RvError::TokenWriteProtected | RvError::SessionReadOnly => (
            Code::TokenReadOnly,
            "The token does not accept new objects. Create the key and its certificate with its vendor's \
             tools and link them.",
        ),
        RvError::MechanismInvalid | RvError::FunctionNotSupported => (
            Code::TokenFeatureMissing,
            "Use a token that signs with RSA and SHA-256, or keep the key in Coldkeep's encrypted store.",
        ),
        _ => (Code::TokenUnavailable, TRY),
    };
    (code, next.into())
}

/// `CKR_PIN_INCORRECT`.
fn code_of(rv: &RvError) -> String {
    let mut code = String::from("CKR");
    for letter in format!("{rv:?}").chars() {
        if letter.is_ascii_uppercase() {
            code.push('_');
        }
        code.push(letter.to_ascii_uppercase());
    }
    code
}

/// The first sentence; the standard's explanations continue for paragraphs.
fn message_of(error: &Error) -> String {
    let text = error.to_string();
    match text.split_once(".  ") {
        Some((first, _)) => format!("{first}."),
        None => text,
    }
}

/// Another try with a new session may do.
pub(super) fn lost_session(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::SessionHandleInvalid
                | RvError::SessionClosed
                | RvError::UserNotLoggedIn
                | RvError::CryptokiNotInitialized
                | RvError::ObjectHandleInvalid
                | RvError::KeyHandleInvalid
                | RvError::DeviceRemoved
                | RvError::TokenNotPresent
                | RvError::SlotIdInvalid,
            _
        )
    )
}
