//! How certificates are shown.

use crate::print::when;
use coldkeep_core::{
    Clock, SystemClock,
    certificate::Certificate,
    moment::{end_day, never_ends},
};

/// What fits a screen of 80 columns; the rest is in `show`.
pub(super) const HEADERS: [&str; 4] = ["name", "expires", "days left", "thumbprint"];

pub(super) fn when_expires(certificate: &Certificate) -> String {
    if never_ends(certificate.not_after) {
        return "never".to_owned();
    }
    let days = certificate.days_left(SystemClock.now());
    let left = if days < 0 {
        "expired".to_owned()
    } else {
        format!("{days} days left")
    };
    format!("{} ({left})", certificate.not_after.strftime("%Y-%m-%d"))
}

pub(super) fn row(c: &Certificate) -> Vec<String> {
    vec![
        c.name.clone(),
        end_day(c.not_after),
        match never_ends(c.not_after) {
            true => String::new(),
            false => c.days_left(SystemClock.now()).to_string(),
        },
        c.thumbprint_sha1.clone(),
    ]
}

pub(super) fn lines(c: &Certificate) -> Vec<(&'static str, String)> {
    vec![
        ("name", c.name.clone()),
        ("issued to", c.issued_to.clone()),
        ("issued by", c.issued_by.clone()),
        ("valid from", when(c.not_before)),
        ("expires", when_expires(c)),
        ("key", c.key.clone()),
        ("where the key is", c.key_location.to_string()),
        ("thumbprint (SHA-1)", c.thumbprint_sha1.clone()),
        ("thumbprint (SHA-256)", c.thumbprint_sha256.clone()),
        ("serial", c.serial.clone()),
        ("origin", c.origin.clone()),
        ("id", c.id.to_string()),
    ]
}
