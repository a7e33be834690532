//! The decisions of a renewal, as tables.

use super::*;
use crate::{Code, id::ServiceAccountId};

const DAY_S: i64 = 86_400;

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(day * DAY_S).unwrap()
}

fn certificate(end: i64) -> Credential {
    Credential::Certificate {
        certificate_id: CertificateId::new(),
        thumbprint_sha1: "AA".into(),
        expires_at: at(end),
    }
}

fn account(credential: Credential) -> ServiceAccount {
    ServiceAccount {
        id: ServiceAccountId::new(),
        name: "north".into(),
        description: String::new(),
        cloud: "c".into(),
        tenant_id: "t".into(),
        application_id: "a".into(),
        application_object_id: Some("o".into()),
        principal_id: None,
        credential,
        grants: vec![],
        storage_accounts: vec![],
        objects: vec![],
        state: State::Ready,
        proofs: vec![],
        proven_at: None,
        created_at: at(0),
        answers: None,
        subscriptions: vec![],
        upkeep: Upkeep::default(),
    }
}

fn renewal(phase: Phase) -> Renewal {
    Renewal {
        credential: certificate(400),
        key_id: Some("new".into()),
        phase,
        way: RenewalMethod::OwnRight,
        grace_days: 7,
        remove_old: false,
        started_at: at(0),
    }
}

#[test]
fn what_is_left_depends_on_how_far_it_came() {
    use RenewalStep::{Prove, Register, Switch};
    assert_eq!(plan_renewal(&renewal(Phase::Prepared)), [Register, Prove, Switch]);
    assert_eq!(plan_renewal(&renewal(Phase::Registered)), [Prove, Switch]);
    assert_eq!(plan_renewal(&renewal(Phase::Proven)), [Switch]);
}

#[test]
fn after_the_switch_the_old_one_retires_only_where_it_may_go() {
    for (old_key, retires) in [(Some("old".to_owned()), 1), (None, 0)] {
        let mut account = account(certificate(30));
        account.upkeep.renewal = Some(renewal(Phase::Proven));
        switch(&mut account, old_key, at(5));
        assert_eq!(account.credential.expires_at(), Some(at(400)));
        assert_eq!(account.upkeep.key_id.as_deref(), Some("new"));
        assert_eq!(
            (account.upkeep.renewal.clone(), account.upkeep.retiring.len()),
            (None, retires)
        );
        assert!(due_to_go(&account, at(11)).is_empty(), "its grace is not over");
        assert_eq!(due_to_go(&account, at(12)).len(), retires);
    }
}

#[test]
fn what_never_ends_is_never_due_and_no_grace_leaves_the_calendar() {
    let account = account(certificate(0));
    let mut lasting = account.clone();
    lasting.credential = Credential::Secret {
        expires_at: Some(Timestamp::MAX),
    };
    assert!(days_left(&lasting, at(0)).is_some_and(|days| days > 1_000_000));
    assert_eq!(plan_auto_renewal(&lasting, at(0)), Auto::Nothing);
    let mut late = account.clone();
    late.upkeep.renewal = Some(Renewal {
        grace_days: u32::MAX,
        ..renewal(Phase::Proven)
    });
    switch(&mut late, Some("old".into()), Timestamp::MAX);
    assert_eq!(late.upkeep.retiring[0].remove_after, Timestamp::MAX);
    let mut early = account;
    early.credential = Credential::Secret {
        expires_at: Some(Timestamp::MIN),
    };
    assert!(days_left(&early, Timestamp::MAX).is_some_and(|days| days < 0));
}

#[test]
fn only_certificates_that_the_application_can_replace_renew_by_themselves() {
    let lasting = account(certificate(100));
    assert_eq!(renews_by_itself(&lasting), ByItself::Before { days: 30 });
    let secret = account(Credential::Secret { expires_at: None });
    assert_eq!(renews_by_itself(&secret), ByItself::Secret);
    let never = account(Credential::Secret {
        expires_at: Some(Timestamp::MAX),
    });
    assert_eq!(renews_by_itself(&never), ByItself::NeverEnds);
    let mut blind = lasting.clone();
    blind.application_object_id = None;
    assert_eq!(renews_by_itself(&blind), ByItself::NoObjectId);
    let mut off = lasting;
    off.upkeep.auto_renew_days = None;
    assert_eq!(renews_by_itself(&off), ByItself::Off);
}

#[test]
fn warnings_grow_louder() {
    for (days, warning) in [
        (61, None),
        (60, Some(60)),
        (31, Some(60)),
        (30, Some(30)),
        (8, Some(14)),
        (7, Some(7)),
        (2, Some(7)),
        (1, Some(1)),
        (-3, Some(1)),
    ] {
        assert_eq!(warning_due(days), warning, "{days}");
    }
}

#[test]
fn the_server_renews_in_time_and_only_what_it_can() {
    let lasting = account(certificate(100));
    assert_eq!(plan_auto_renewal(&lasting, at(69)), Auto::Nothing);
    assert_eq!(plan_auto_renewal(&lasting, at(70)), Auto::Renew);
    let cannot = |account: &ServiceAccount| matches!(plan_auto_renewal(account, at(70)), Auto::Cannot(_));
    assert!(cannot(&account(certificate(70))), "it has ended");
    assert!(cannot(&account(Credential::Secret {
        expires_at: Some(at(71))
    })));
    let mut blind = lasting.clone();
    blind.application_object_id = None;
    assert!(cannot(&blind));
    let mut off = lasting.clone();
    off.upkeep.auto_renew_days = None;
    assert_eq!(plan_auto_renewal(&off, at(99)), Auto::Nothing);
    let mut failed = lasting.clone();
    failed.upkeep.failure = Some(Failure {
        at: at(80),
        problem: Problem::new(Code::ServiceUnavailable, "a", "b"),
    });
    let nearly = Timestamp::from_second(81 * DAY_S - 1).unwrap();
    assert_eq!(plan_auto_renewal(&failed, nearly), Auto::Nothing, "tried daily");
    assert_eq!(plan_auto_renewal(&failed, at(81)), Auto::Renew);
    let mut replaced = off;
    replaced.upkeep.retiring.push(Retiring {
        credential: certificate(50),
        key_id: "old".into(),
        remove_after: at(20),
    });
    assert_eq!(plan_auto_renewal(&replaced, at(19)), Auto::Nothing);
    assert_eq!(plan_auto_renewal(&replaced, at(20)), Auto::Retire);
    replaced.upkeep.failure = failed.upkeep.failure.clone();
    assert_eq!(plan_auto_renewal(&replaced, nearly), Auto::Nothing, "this too");
    assert_eq!(plan_auto_renewal(&replaced, at(81)), Auto::Retire);
    let mut begun = lasting;
    begun.upkeep.renewal = Some(renewal(Phase::Registered));
    assert_eq!(
        plan_auto_renewal(&begun, at(0)),
        Auto::Renew,
        "what was begun continues"
    );
}
