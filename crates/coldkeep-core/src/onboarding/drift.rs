//! How a role definition differs from the version of the permission set that it was created for.

use super::version::version_of;
use crate::{permission::PermissionSet, service_account::Grant};

/// What a role gives, as Resource Manager shows it.
#[derive(Debug, Clone, Copy)]
pub struct RoleRights<'a> {
    pub actions: &'a [String],
    pub data_actions: &'a [String],
    /// What it takes back of both.
    pub not_actions: &'a [String],
}

/// What was changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Patterns of rights that it gives beyond its version.
    pub more: Vec<String>,
    /// Rights of its version that it does not give.
    pub less: Vec<String>,
}

/// How the role of a grant differs from its version; none where it does not, or where it is none of Coldkeep's.
pub fn drift(grant: &Grant, found: RoleRights<'_>) -> Option<Drift> {
    let set = grant.permission_set;
    let version = match version_of(grant) {
        Some(version) => version,
        // Its role stands in several subscriptions, and has had one version.
        None if set == PermissionSet::ArchiverAppliance => 1,
        None => return None,
    };
    let mut drift = Drift::default();
    compare(&set.actions(), found.actions, found.not_actions, &mut drift);
    let data = set.data_actions_of(version);
    compare(&data, found.data_actions, found.not_actions, &mut drift);
    (drift != Drift::default()).then_some(drift)
}

fn compare(wanted: &[String], given: &[String], taken: &[String], drift: &mut Drift) {
    let beyond = given
        .iter()
        .filter(|g| !wanted.iter().any(|w| w.eq_ignore_ascii_case(g)));
    drift.more.extend(beyond.cloned());
    let covered = |right: &&String| {
        given.iter().any(|g| covers(g, right)) && !taken.iter().any(|t| covers(t, right) || covers(right, t))
    };
    drift.less.extend(wanted.iter().filter(|w| !covered(w)).cloned());
}

/// Whether a pattern allows a right; `*` stands for anything, letter case does not count.
fn covers(pattern: &str, right: &str) -> bool {
    let (pattern, right) = (pattern.to_ascii_lowercase(), right.to_ascii_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == right;
    };
    let Some(mut right) = right.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match right.find(part) {
            Some(at) => right = &right[at + part.len()..],
            None => return false,
        }
    }
    right.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{onboarding::CustomRole, resource::ResourceId};

    fn grant(set: PermissionSet, role: String) -> Grant {
        Grant {
            permission_set: set,
            scope: ResourceId::container("S", "g", "a", "c"),
            folder: None,
            assignment_id: "x".into(),
            role_definition_id: role,
            made_by_us: true,
        }
    }

    #[test]
    fn what_was_edited_is_named_and_an_old_version_is_its_own_measure() {
        let set = PermissionSet::CopyTarget;
        for version in [1, 2] {
            let role = CustomRole::of_version(set, version, "s").id();
            let grant = grant(set, role);
            let (actions, data) = (set.actions(), set.data_actions_of(version));
            let look = |actions: &[String], data: &[String], taken: &[String]| {
                drift(
                    &grant,
                    RoleRights {
                        actions,
                        data_actions: data,
                        not_actions: taken,
                    },
                )
            };
            let loud: Vec<String> = data.iter().map(|d| d.to_uppercase()).collect();
            assert_eq!(look(&actions, &loud, &[]), None);
            let blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
            let all = [format!("{blobs}/*")];
            let wide = look(&actions, &all, &[]).unwrap();
            assert_eq!((wide.more, wide.less), (all.to_vec(), vec![]));
            let less = look(&actions, &data[1..], &[]).unwrap();
            assert_eq!((less.more, less.less), (vec![], vec![data[0].clone()]));
            let taken = look(&actions, &data, &[format!("{blobs}/add/*")]).unwrap();
            assert_eq!(taken.less, [format!("{blobs}/add/action")]);
            let extra = [data.clone(), vec![format!("{blobs}/delete")]].concat();
            assert_eq!(
                look(&actions, &extra, &[]).unwrap().more,
                [format!("{blobs}/delete")]
            );
            assert_eq!(look(&[], &data, &[]).unwrap().less, actions);
        }
        let theirs = grant(set, "/subscriptions/s/providers/x/roleDefinitions/other".into());
        let nothing = RoleRights {
            actions: &[],
            data_actions: &[],
            not_actions: &[],
        };
        assert_eq!(drift(&theirs, nothing), None, "it is not Coldkeep's");
    }

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, right, covered) in [
            ("*", "a/b/read", true),
            ("a/*", "A/b/read", true),
            ("a/*/read", "a/b/read", true),
            ("a/*/write", "a/b/read", false),
            ("*/read", "a/b/read", true),
            ("a/b/read", "a/b/readx", false),
        ] {
            assert_eq!(covers(pattern, right), covered, "{pattern} {right}");
        }
    }
}
