//! What stays for which account, as tables.

use super::*;
use crate::{
    permission::PermissionSet,
    renewal::{Phase, Renewal, RenewalMethod, Retiring, Upkeep},
};

const DAY_S: i64 = 86_400;
const ROLE: &str = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r";

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(day * DAY_S).unwrap()
}

fn scope(account: &str, container: &str) -> ResourceId {
    ResourceId::container("s", "g", account, container)
}

fn assignment(scope: &ResourceId, guid: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{guid}")
}

fn certificate(thumbprint: &str) -> Credential {
    Credential::Certificate {
        certificate_id: CertificateId::new(),
        thumbprint_sha1: thumbprint.into(),
        expires_at: at(400),
    }
}

fn account(name: &str, credential: Credential) -> ServiceAccount {
    ServiceAccount {
        id: ServiceAccountId::new(),
        name: name.into(),
        description: String::new(),
        cloud: "c".into(),
        tenant_id: "T".into(),
        application_id: "A".into(),
        application_object_id: Some("o".into()),
        principal_id: Some("p".into()),
        credential,
        grants: vec![],
        objects: vec![],
        state: State::Ready,
        proofs: vec![],
        proven_at: None,
        created_at: at(0),
        answers: None,
        subscriptions: vec![],
        storage_accounts: vec![],
        upkeep: Upkeep::default(),
    }
}

fn grant(scope: &ResourceId, guid: &str, made_by_us: bool) -> Grant {
    Grant {
        permission_set: PermissionSet::CopySource,
        scope: scope.clone(),
        folder: None,
        assignment_id: assignment(scope, guid),
        role_definition_id: ROLE.into(),
        made_by_us,
    }
}

fn neighbour(account: ServiceAccount) -> Neighbour {
    Neighbour {
        account,
        key_ids: vec![],
        opens: vec![],
    }
}

fn objects() -> Vec<MadeObject> {
    let container = scope("north", "backups");
    vec![
        MadeObject::Application {
            object_id: "o".into(),
            application_id: "a".into(),
        },
        MadeObject::ServicePrincipal {
            object_id: "p".into(),
        },
        MadeObject::KeyCredential { key_id: "K".into() },
        MadeObject::Secret { name: "n".into() },
        MadeObject::RoleDefinition { id: ROLE.into() },
        MadeObject::RoleAssignment {
            id: assignment(&container, "x"),
        },
    ]
}

/// Which kinds of objects stay when `mine` goes beside `other`.
fn staying(mine: &ServiceAccount, other: &Neighbour) -> Vec<&'static str> {
    let word = |object: &MadeObject| match object {
        MadeObject::Application { .. } => "application",
        MadeObject::ServicePrincipal { .. } => "principal",
        MadeObject::KeyCredential { .. } => "key",
        MadeObject::Secret { .. } => "secret",
        MadeObject::RoleDefinition { .. } => "role",
        MadeObject::RoleAssignment { .. } => "assignment",
    };
    let plan = plan_removal(mine, objects(), std::slice::from_ref(other), at(10));
    assert_eq!(plan.len(), 6);
    let mut stays: Vec<_> = plan
        .iter()
        .filter(|d| d.stays.is_some())
        .map(|d| word(&d.object))
        .collect();
    stays.sort_unstable();
    stays
}

fn mine() -> ServiceAccount {
    let mut mine = account("mine", certificate("AA"));
    mine.grants = vec![grant(&scope("north", "backups"), "x", true)];
    mine
}

#[test]
fn another_application_keeps_only_the_role_it_has() {
    let mut other = neighbour(account("other", certificate("BB")));
    other.account.application_id = "another".into();
    assert_eq!(staying(&mine(), &other), Vec::<&str>::new());
    other.account.grants = vec![grant(&scope("south", "b"), "y", true)];
    other.account.grants[0].role_definition_id = ROLE.to_uppercase();
    assert_eq!(staying(&mine(), &other), ["role"]);
}

#[test]
fn the_same_application_in_another_tenant_keeps_the_application_and_not_its_principal() {
    let mut other = neighbour(account("other", certificate("BB")));
    other.account.tenant_id = "another".into();
    assert_eq!(staying(&mine(), &other), ["application"]);
}

#[test]
fn what_nobody_said_it_needs_stays() {
    let mut other = neighbour(account("other", Credential::Secret { expires_at: None }));
    other.account.application_id = "a".into();
    other.account.tenant_id = "t".into();
    other.account.principal_id = None;
    let all = ["application", "assignment", "principal", "role"];
    assert_eq!(staying(&mine(), &other), all, "it was added without a sign-in");
    other.account.state = State::Incomplete;
    assert_eq!(staying(&mine(), &other), all);
    let mut revoked = other.clone();
    revoked.account.principal_id = Some("p".into());
    assert_eq!(staying(&mine(), &revoked), ["application", "principal"]);
    other.account.state = State::Removing;
    assert_eq!(staying(&mine(), &other), Vec::<&str>::new());
}

#[test]
fn an_assignment_stays_for_the_same_grant_and_for_what_is_opened_by_it() {
    let with = |grants: Vec<Grant>, opens: &[(&str, &str)]| {
        let mut other = neighbour(account("other", certificate("BB")));
        other.account.grants = grants;
        other.opens = opens.iter().map(|(a, c)| ((*a).into(), (*c).into())).collect();
        staying(&mine(), &other).contains(&"assignment")
    };
    let (backups, vault) = (scope("north", "backups"), scope("north", "vault"));
    let storage = ResourceId(backups.0.split("/blobServices").next().unwrap().to_owned());
    assert!(with(vec![grant(&backups, "X", false)], &[]), "the same one");
    let written_otherwise = ResourceId(format!("{}/", backups.0.to_uppercase()));
    assert!(with(vec![grant(&written_otherwise, "other", false)], &[]));
    assert!(!with(vec![grant(&vault, "y", true)], &[]));
    assert!(!with(vec![grant(&vault, "y", true)], &[("north", "vault")]));
    assert!(with(vec![grant(&vault, "y", true)], &[("north", "backups")]));
    assert!(!with(vec![grant(&storage, "y", true)], &[("north", "backups")]));
    let mut wide = mine();
    wide.grants = vec![grant(&storage, "x", true)];
    let mut other = neighbour(account("other", certificate("BB")));
    other.account.grants = vec![grant(&scope("south", "b"), "y", true)];
    other.opens = vec![("North".into(), "vault".into())];
    let object = MadeObject::RoleAssignment {
        id: assignment(&storage, "x"),
    };
    assert!(needed(&wide, &object, std::slice::from_ref(&other), at(0)).is_some());
    other.opens = vec![("south".into(), "b".into())];
    assert!(needed(&wide, &object, &[other], at(0)).is_none());
}

#[test]
fn a_key_stays_while_another_uses_it_and_through_its_grace() {
    let key = |change: &dyn Fn(&mut Neighbour)| {
        let mut other = neighbour(account("other", certificate("BB")));
        other.account.grants = vec![grant(&scope("south", "b"), "y", true)];
        change(&mut other);
        staying(&mine(), &other).contains(&"key")
    };
    let retiring = |day: i64| Retiring {
        credential: certificate("CC"),
        key_id: "k".into(),
        remove_after: at(day),
    };
    assert!(!key(&|_| ()));
    assert!(key(&|o| o.key_ids = vec!["k".into()]));
    assert!(key(&|o| o.account.upkeep.key_id = Some("K".into())));
    assert!(key(&|o| o.account.upkeep.retiring = vec![retiring(11)]));
    assert!(!key(&|o| o.account.upkeep.retiring = vec![retiring(10)]));
    let renewal = Renewal {
        credential: certificate("DD"),
        key_id: Some("K".into()),
        phase: Phase::Prepared,
        way: RenewalMethod::OwnRight,
        grace_days: 7,
        remove_old: false,
        started_at: at(0),
    };
    assert!(key(&|o| o.account.upkeep.renewal = Some(renewal.clone())));
    let shared = mine();
    let other = neighbour(account("other", shared.credential.clone()));
    let told = key_needed(&shared, &shared.credential, "unknown", &[other], at(0)).unwrap();
    assert_eq!(told.why, "also used by the service account `other`");
}

#[test]
fn what_stays_is_the_next_ones_to_take_away() {
    let (from, mut to) = (mine(), account("other", certificate("BB")));
    to.application_object_id = None;
    to.grants = vec![grant(&scope("north", "backups"), "X", false)];
    for object in objects() {
        hand_over(&from, &object, &mut to);
        hand_over(&from, &object, &mut to);
    }
    assert_eq!(to.objects, objects());
    assert!(to.grants[0].made_by_us);
    assert_eq!(to.application_object_id, from.application_object_id);
}
