//! Which of an application's secrets are whose: Entra shows no text, only ids, names and the first letters.

/// A secret that an application has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretFact<'a> {
    pub key_id: &'a str,
    pub name: Option<&'a str>,
    /// Its first letters.
    pub hint: Option<&'a str>,
}

/// A secret that a service account uses, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownSecret {
    /// Where Coldkeep had Entra make it.
    pub key_id: Option<String>,
    /// The name under which Coldkeep created it.
    pub name: Option<String>,
    /// The first letters of its text.
    pub hint: Option<String>,
}

/// Whose the secrets of an application are, as positions among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretOwnership {
    /// For each of the known ones, where it is certain which it is.
    pub known: Vec<Option<usize>>,
    /// No service account here uses these.
    pub foreign: Vec<usize>,
    /// One or more of these are known ones, and it is not known which.
    pub doubtful: Vec<usize>,
}

/// Sorts an application's secrets.
pub fn whose(found: &[SecretFact<'_>], known: &[KnownSecret]) -> SecretOwnership {
    let mut result = SecretOwnership {
        known: vec![None; known.len()],
        ..SecretOwnership::default()
    };
    for (known, place) in known.iter().zip(&mut result.known) {
        *place = found.iter().position(|secret| is_certain(secret, known));
    }
    let unclaimed = |claimed: &[Option<usize>], at: usize| !claimed.contains(&Some(at));
    let mut open = vec![];
    for (index, known) in known.iter().enumerate() {
        if result.known[index].is_some() || known.key_id.is_some() || known.name.is_some() {
            continue;
        }
        let fits = |at: &usize| {
            let same = match (&known.hint, found[*at].hint) {
                (Some(known), Some(hint)) => known == hint,
                _ => true,
            };
            same && unclaimed(&result.known, *at)
        };
        let fitting: Vec<usize> = (0..found.len()).filter(fits).collect();
        match fitting.as_slice() {
            [one] => result.known[index] = Some(*one),
            several => open.extend(several.iter().copied()),
        }
    }
    for at in (0..found.len()).filter(|at| unclaimed(&result.known, *at)) {
        match open.contains(&at) {
            true => result.doubtful.push(at),
            false => result.foreign.push(at),
        }
    }
    result
}

fn is_certain(secret: &SecretFact<'_>, known: &KnownSecret) -> bool {
    let by_id = known.key_id.as_ref();
    let by_name = known.name.as_deref().zip(secret.name);
    by_id.is_some_and(|id| id.eq_ignore_ascii_case(secret.key_id)) || by_name.is_some_and(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret<'a>(key_id: &'a str, hint: &'a str) -> SecretFact<'a> {
        SecretFact {
            key_id,
            name: None,
            hint: Some(hint).filter(|h| !h.is_empty()),
        }
    }

    fn hint(hint: &str) -> KnownSecret {
        KnownSecret {
            hint: Some(hint.into()),
            ..KnownSecret::default()
        }
    }

    fn id(id: &str) -> KnownSecret {
        KnownSecret {
            key_id: Some(id.into()),
            ..KnownSecret::default()
        }
    }

    #[test]
    fn what_is_known_is_found_and_the_rest_is_foreign() {
        let found = [secret("1", "abc"), secret("2", "xyz"), secret("3", "")];
        let sorted = |known: &[KnownSecret]| {
            let w = whose(&found, known);
            (w.known, w.foreign, w.doubtful)
        };
        assert_eq!(sorted(&[]), (vec![], vec![0, 1, 2], vec![]));
        assert_eq!(sorted(&[id("2")]), (vec![Some(1)], vec![0, 2], vec![]));
        assert_eq!(sorted(&[id("gone")]), (vec![None], vec![0, 1, 2], vec![]));
        // The third shows nothing of itself.
        assert_eq!(sorted(&[hint("abc")]), (vec![None], vec![1], vec![0, 2]));
        assert_eq!(
            sorted(&[id("3"), hint("abc")]),
            (vec![Some(2), Some(0)], vec![1], vec![])
        );
        assert_eq!(whose(&found[..1], &[KnownSecret::default()]).known, [Some(0)]);
        assert_eq!(whose(&found[..1], &[hint("not")]).foreign, [0]);
        let named = KnownSecret {
            name: Some("n".into()),
            ..KnownSecret::default()
        };
        let mut by_name = found;
        by_name[1].name = Some("n");
        assert_eq!(whose(&by_name, &[named]).known, [Some(1)]);
    }
}
