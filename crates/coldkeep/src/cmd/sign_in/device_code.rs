//! Signing in by device code: shows the code, where to type it and how long it lasts, and waits.

use super::{
    keys::{Keys, next_key},
    minutes, seconds_until,
};
use crate::{
    cmd::Context,
    failure::Failure,
    print::{Spinner, plain},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_api::{SignIn, SignInState, StartSignIn};
use coldkeep_core::Kind;
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How waiting for a code ended.
enum CodeWaitEnd {
    /// Done or failed.
    Over(Box<SignIn>),
    WantsFresh,
}

/// Waits until the code was used; on a terminal with new codes for as long as they are requested.
pub async fn by_device_code(context: Context<'_>, request: StartSignIn) -> Result<SignIn, Failure> {
    let mut sign_in = context.client.start_sign_in(&request).await?;
    let mut keys = Keys::listen(context.global.no_input);
    loop {
        context.out.tell(&format!(
            "\nTo sign in, open\n\n    {}\n\nin a browser and type the code\n\n    {}\n",
            plain(&sign_in.verification_uri),
            plain(&sign_in.user_code)
        ));
        match wait(context, &sign_in, &mut keys).await? {
            CodeWaitEnd::Over(ended) => return Ok(*ended),
            CodeWaitEnd::WantsFresh => sign_in = context.client.renew_device_code(sign_in.id).await?,
        }
    }
}

async fn wait(
    context: Context<'_>,
    sign_in: &SignIn,
    keys: &mut Option<Keys>,
) -> Result<CodeWaitEnd, Failure> {
    let spinner = Spinner::start(context.out);
    let mut copied = "";
    // Ends: the server gives a code up when it runs out.
    loop {
        let left = minutes(seconds_until(sign_in.expires_at));
        let keys_help = match keys {
            Some(_) => format!(" (n: new code, c: copy the code{copied})"),
            None => String::new(),
        };
        spinner.say(&format!("waiting for the sign-in, {left} left{keys_help}"));
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {
                let now = context.client.show_sign_in(sign_in.id).await?;
                if now.state == SignInState::Pending {
                    continue;
                }
                drop(spinner);
                let ran_out = now.problem.as_ref().is_some_and(|p| p.kind == Kind::Expired);
                if ran_out && offer_fresh(context, keys).await {
                    return Ok(CodeWaitEnd::WantsFresh);
                }
                return Ok(CodeWaitEnd::Over(Box::new(now)));
            }
            key = next_key(keys) => match key {
                'n' | 'r' => return Ok(CodeWaitEnd::WantsFresh),
                'c' => {
                    context.out.steer(&to_clipboard(&sign_in.user_code));
                    copied = "; copied";
                }
                _ => {}
            }
        }
    }
}

/// Whether the user at the terminal requests another code.
async fn offer_fresh(context: Context<'_>, keys: &mut Option<Keys>) -> bool {
    if keys.is_none() {
        return false;
    }
    context
        .out
        .tell("The code expired before it was used. Press n for a new code, q to quit.");
    loop {
        match next_key(keys).await {
            'n' | 'r' | 'y' | '\n' => return true,
            'q' => return false,
            _ => {}
        }
    }
}

/// Sends the terminal a text for the clipboard (the control sequence OSC 52, which also works over SSH).
fn to_clipboard(text: &str) -> String {
    format!("\x1b]52;c;{}\x07", STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_goes_to_the_clipboard_encoded_whatever_is_in_it() {
        assert_eq!(to_clipboard("ABC"), "\x1b]52;c;QUJD\x07");
        assert_eq!(to_clipboard("\x07"), "\x1b]52;c;Bw==\x07");
    }
}
