//! Random bytes of the system.

use coldkeep_core::{Code, Problem};

/// `LENGTH` unpredictable bytes.
pub(crate) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Problem> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|e| {
        Problem::new(
            Code::RandomUnavailable,
            format!("The operating system returned no random bytes ({e})"),
            "Check the operating system's random number generator.",
        )
    })?;
    Ok(bytes)
}
