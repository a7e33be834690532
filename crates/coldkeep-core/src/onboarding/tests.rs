//! From request and facts to steps, or to everything that is in the way.

use super::*;
use crate::{Code, Kind, problem::Allowance};
use uuid::Uuid;

fn grant(set: PermissionSet) -> GrantRequest {
    GrantRequest {
        folder: None,
        permission_set: set,
        scope: ResourceId::container("S-1", "g", "acct", "c"),
    }
}

fn place(exists: bool, may_grant: Option<bool>) -> PlaceFact {
    PlaceFact {
        scope: grant(PermissionSet::CopySource).scope,
        exists,
        refused: None,
        may_grant,
    }
}

fn request(grants: &[GrantRequest]) -> OnboardingRequest<'_> {
    OnboardingRequest {
        account_id: ServiceAccountId(Uuid::nil()),
        name: "north",
        description: "",
        register: true,
        certificate: Some(("north", None)),
        grants,
        on_purpose: OnPurpose::default(),
    }
}

#[test]
fn registering_from_nothing_makes_everything_once_and_in_order() {
    let grants = [
        grant(PermissionSet::CopySource),
        grant(PermissionSet::CopyTarget),
        grant(PermissionSet::CopySource),
    ];
    let facts = Facts {
        places: vec![place(true, None)],
        ..Facts::default()
    };
    let steps = plan_onboarding(&request(&grants), &facts).unwrap();
    assert!(steps.iter().all(|s| s.exists.is_none()));
    let words: Vec<_> = steps
        .iter()
        .map(|s| match &s.step {
            SetupStep::Application { unique_name, .. } => unique_name.clone(),
            SetupStep::ServicePrincipal => "principal".into(),
            SetupStep::Certificate { .. } => "certificate".into(),
            SetupStep::Role(role) => role.name.clone(),
            SetupStep::BuiltInRole { role, .. } => role.name.into(),
            SetupStep::Assignment { grant, .. } => format!("assign {}", grant.permission_set),
            SetupStep::ProveToken => "token".into(),
            SetupStep::ProveGrant(grant) => format!("prove {}", grant.permission_set),
        })
        .collect();
    assert_eq!(
        words,
        [
            "coldkeep-00000000-0000-0000-0000-000000000000",
            "principal",
            "certificate",
            "Coldkeep copy-source v1 (s-1)",
            "Coldkeep copy-target v2 (s-1)",
            "assign copy-source",
            "assign copy-target",
            "assign copy-source",
            "token",
            "prove copy-source",
            "prove copy-target",
            "prove copy-source",
        ]
    );
}

#[test]
fn what_is_there_is_seen_whatever_the_case_of_its_id() {
    let grants = [grant(PermissionSet::CopySource)];
    let role = CustomRole::of(PermissionSet::CopySource, "s-1");
    let facts = Facts {
        principal_id: Some("p".into()),
        places: vec![place(true, Some(true))],
        roles: vec![RoleFact {
            id: role.id().to_uppercase(),
            same_rights: true,
        }],
        assignments: vec![AssignmentFact {
            id: "a".into(),
            scope: ResourceId(grants[0].scope.0.to_uppercase()),
            role_definition_id: format!("/providers/x/{}", role.guid.to_uppercase()),
            condition: None,
        }],
        ..Facts::default()
    };
    let steps = plan_onboarding(&request(&grants), &facts).unwrap();
    let there: Vec<_> = steps.iter().map(|s| s.exists.is_some()).collect();
    assert_eq!(there, [false, true, false, true, true, false, false]);
}

#[test]
fn what_cannot_work_is_refused_before_the_first_step() {
    let grants = [grant(PermissionSet::CopySource)];
    let kind =
        |request: &OnboardingRequest<'_>, facts: Facts| plan_onboarding(request, &facts).unwrap_err().kind;
    let places = |p| Facts {
        places: vec![p],
        ..Facts::default()
    };
    assert_eq!(
        kind(&request(&grants), places(place(false, None))),
        Kind::NotFound
    );
    assert_eq!(
        kind(&request(&grants), places(place(true, Some(false)))),
        Kind::Denied
    );
    assert_eq!(
        kind(
            &OnboardingRequest {
                register: false,
                ..request(&[])
            },
            Facts::default()
        ),
        Kind::NotFound
    );
    let changed = RoleFact {
        id: CustomRole::of(PermissionSet::CopySource, "S-1").id(),
        same_rights: false,
    };
    assert_eq!(
        kind(
            &request(&grants),
            Facts {
                roles: vec![changed],
                ..Facts::default()
            }
        ),
        Kind::Conflict
    );
    assert_eq!(
        kind(&request(&[grant(PermissionSet::DelegateKey)]), Facts::default()),
        Kind::Invalid
    );
}

fn no_defining() -> Facts {
    Facts {
        places: vec![place(true, Some(true))],
        role_places: vec![RolePlaceFact {
            scope: ResourceId("/subscriptions/s-1".into()),
            may_define: Some(false),
        }],
        ..Facts::default()
    }
}

#[test]
fn a_built_in_role_is_named_with_what_it_allows_and_taken_on_purpose_only() {
    let grants = [grant(PermissionSet::CopyTarget)];
    let refused = plan_onboarding(&request(&grants), &no_defining()).unwrap_err();
    assert_eq!(refused.kind, Kind::Denied);
    assert!(
        refused.what.contains("Storage Blob Data Contributor")
            && refused.what.contains("containers/blobs/write")
            && refused.what.contains("lacks: nothing"),
        "{refused}"
    );
    assert_eq!(
        refused.allowances().collect::<Vec<_>>(),
        [Allowance::BuiltInRoles]
    );

    let meant = OnboardingRequest {
        on_purpose: OnPurpose {
            built_in_roles: true,
            ..OnPurpose::default()
        },
        ..request(&grants)
    };
    let steps = plan_onboarding(&meant, &no_defining()).unwrap();
    let role = steps.iter().find_map(|s| match &s.step {
        SetupStep::BuiltInRole { role, .. } => Some((role.name, s.exists.clone())),
        _ => None,
    });
    let id = "/subscriptions/s-1/providers/Microsoft.Authorization/roleDefinitions/\
              ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    assert_eq!(role, Some(("Storage Blob Data Contributor", Some(id.into()))));
    assert!(steps.iter().any(|s| matches!(
        &s.step,
        SetupStep::Assignment { role_definition_id, .. } if role_definition_id == id
    )));

    // A role that is there needs no defining, and one that may be defined is preferred.
    let own = Facts {
        roles: vec![RoleFact {
            id: CustomRole::of(PermissionSet::CopyTarget, "s-1").id(),
            same_rights: true,
        }],
        ..no_defining()
    };
    for facts in [
        own,
        Facts {
            role_places: vec![],
            ..no_defining()
        },
    ] {
        let steps = plan_onboarding(&meant, &facts).unwrap();
        assert!(steps.iter().any(|s| matches!(s.step, SetupStep::Role(_))));
    }
}

#[test]
fn the_appliance_has_one_role_for_all_its_subscriptions() {
    let at = |id: &str| GrantRequest {
        folder: None,
        permission_set: PermissionSet::ArchiverAppliance,
        scope: ResourceId(format!("/subscriptions/{id}")),
    };
    let grants = [at("S-2"), at("s-1")];
    let meant = OnboardingRequest {
        on_purpose: OnPurpose {
            wide_scope: true,
            built_in_roles: true,
            ..OnPurpose::default()
        },
        ..request(&grants)
    };
    let steps = plan_onboarding(&meant, &Facts::default()).unwrap();
    let roles: Vec<&CustomRole> = steps
        .iter()
        .filter_map(|s| match &s.step {
            SetupStep::Role(role) => Some(role),
            _ => None,
        })
        .collect();
    assert_eq!(roles.len(), 1);
    let scopes: Vec<&str> = roles[0].assignable_scopes.iter().map(|s| s.0.as_str()).collect();
    assert_eq!(scopes, ["/subscriptions/s-1", "/subscriptions/s-2"]);
    let assigned: Vec<&String> = steps
        .iter()
        .filter_map(|s| match &s.step {
            SetupStep::Assignment {
                role_definition_id, ..
            } => Some(role_definition_id),
            _ => None,
        })
        .collect();
    assert!(assigned[0].starts_with("/subscriptions/s-2/") && assigned[1].starts_with("/subscriptions/s-1/"));
    assert!(assigned.iter().all(|id| id.ends_with(&roles[0].guid)));

    // A permission to create it in only one of them is not enough.
    let half = Facts {
        role_places: vec![RolePlaceFact {
            scope: ResourceId("/subscriptions/s-2".into()),
            may_define: Some(false),
        }],
        ..Facts::default()
    };
    let refused = plan_onboarding(&meant, &half).unwrap_err();
    assert_eq!(refused.code, Code::RoleDefinitionNotAllowed);
    assert_eq!(refused.allowances().count(), 0, "{refused}");
}

#[test]
fn everything_that_is_in_the_way_is_named_at_once() {
    let grants = [grant(PermissionSet::CopySource)];
    let other = ApplicationFact {
        object_id: "o-9".into(),
        application_id: "a-9".into(),
        display_name: "north".into(),
    };
    let facts = Facts {
        may_register: Some(false),
        same_name: vec![other.clone()],
        forbidden: Some(Problem::new(
            Code::PolicyLimitsLifetime,
            "The policy forbids it",
            "Use a shorter one.",
        )),
        places: vec![place(true, Some(false))],
        ..no_defining()
    };
    let refused = plan_onboarding(&request(&grants), &facts).unwrap_err();
    assert_eq!(refused.kind, Kind::Denied);
    for part in [
        "5 obstacles",
        "register applications",
        "a-9",
        "The policy forbids it",
        "assign roles",
        "create any",
    ] {
        assert!(refused.what.contains(part), "{part}: {refused}");
    }
    assert_eq!(refused.code, Code::ApplicationRegistrationNotAllowed);
    let all: Vec<String> = refused.fix.iter().map(ToString::to_string).collect();
    assert_eq!(all.len(), 6, "a fix each, and that nothing was done: {all:?}");
    for (n, (fix, part)) in
        (1..).zip(
            all.iter()
                .zip(["Application Developer", "`existing`", "shorter", "Owner"]),
        )
    {
        assert!(fix.starts_with(&format!("({n}) ")) && fix.contains(part), "{fix}");
    }
    assert_eq!(
        refused.allowances().collect::<Vec<_>>(),
        [Allowance::SameName, Allowance::BuiltInRoles]
    );

    // An existing object needs no permission to create it.
    let there = Facts {
        application: Some(other),
        may_register: Some(false),
        may_add_keys: Some(false),
        certificate_registered: true,
        ..Facts::default()
    };
    assert!(plan_onboarding(&request(&[]), &there).is_ok());
    let to_add = Facts {
        certificate_registered: false,
        ..there
    };
    let refused = plan_onboarding(&request(&[]), &to_add).unwrap_err();
    assert_eq!(refused.code, Code::ApplicationKeysNotAllowed);
}
