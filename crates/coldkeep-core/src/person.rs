//! People who sign in to Coldkeep's pages, and what their roles allow. Pure.

use crate::{Code, Problem, Timestamp, id::PersonId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest name, in characters.
pub const NAME_CHARS_MAX: usize = 64;
/// The shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// The longest password, in bytes: what is longer is refused before it is hashed.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: PersonId,
    /// Unique without regard to case.
    pub name: String,
    pub role: PersonRole,
    pub created_at: Timestamp,
}

/// What a person is allowed to do; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonRole {
    /// Sees everything but secrets and paths on the server; changes nothing and sends nothing to Azure.
    Viewer,
    /// Also runs jobs, verifies and restores.
    Operator,
    /// Also changes service accounts, certificates, repositories, jobs, settings and people.
    Administrator,
}

impl fmt::Display for PersonRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        })
    }
}

impl Person {
    /// Refuses what the person's role does not include.
    ///
    /// # Errors
    /// `RoleTooLow`.
    pub fn require(&self, role: PersonRole) -> Result<(), Problem> {
        if self.role >= role {
            return Ok(());
        }
        Err(Problem::new(
            Code::RoleTooLow,
            format!("The role {} does not include this", self.role),
            format!("Ask a person with the role {role}."),
        ))
    }
}

/// The name as it is kept.
///
/// # Errors
/// `PersonNameInvalid` if it is empty, too long, or has control characters.
pub fn check_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX;
    if fits && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(Problem::new(
        Code::PersonNameInvalid,
        format!("A user name has 1 to {NAME_CHARS_MAX} characters, without control characters"),
        "Choose another name.",
    ))
}

/// Refuses a password that is too easy to guess or too long to hash.
///
/// # Errors
/// `PasswordUnsuitable`.
pub fn check_password(password: &str, name: &str) -> Result<(), Problem> {
    let refused = |what: String| Problem::new(Code::PasswordUnsuitable, what, "Choose another password.");
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(refused(format!(
            "A password has at most {PASSWORD_BYTES_MAX} bytes"
        )));
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(refused(format!(
            "A password has at least {PASSWORD_CHARS_MIN} characters"
        )));
    }
    let mut distinct: Vec<char> = password.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 || password.trim().eq_ignore_ascii_case(name) {
        return Err(refused("This password is too easy to guess".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_include_the_ones_before_them() {
        let person = |role| Person {
            id: PersonId::new(),
            name: "ann".into(),
            role,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let all = [
            PersonRole::Viewer,
            PersonRole::Operator,
            PersonRole::Administrator,
        ];
        for (has, role) in all.iter().enumerate() {
            for (asked, needed) in all.iter().enumerate() {
                let refused = person(*role).require(*needed).map_err(|p| p.code);
                let expected = if has >= asked {
                    Ok(())
                } else {
                    Err(Code::RoleTooLow)
                };
                assert_eq!(refused, expected, "{role} {needed}");
            }
        }
    }

    #[test]
    fn names_and_passwords_have_bounds() {
        assert_eq!(check_name("  ann ").unwrap(), "ann");
        for name in ["", "  ", "a\nb", "a\u{0}", &"x".repeat(NAME_CHARS_MAX + 1)] {
            assert_eq!(
                check_name(name).unwrap_err().code,
                Code::PersonNameInvalid,
                "{name:?}"
            );
        }
        check_password("correct horse battery", "ann").unwrap();
        check_password("пароль длинный", "ann").unwrap();
        for password in [
            "short",
            "aaaaaaaaaaaaaaaaaa",
            "administrator",
            &"x1y2z".repeat(300),
        ] {
            let refused = check_password(password, "Administrator").unwrap_err();
            assert_eq!(refused.code, Code::PasswordUnsuitable, "{password}");
        }
    }
}
