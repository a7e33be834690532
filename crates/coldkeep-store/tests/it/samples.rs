//! Things to store.

use coldkeep_core::{
    Timestamp,
    certificate::{Certificate, KeyLocation},
    cloud::Cloud,
    id::{CertificateId, JobId, RepositoryId, RunId, ServiceAccountId},
    job::{Job, OnChange},
    repository::{Access, Repository, Tier},
    run::{Counts, Phase, Run, RunKind, RunState},
    service_account::{Credential, ServiceAccount, State},
};

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub fn cloud(name: &str) -> Cloud {
    let mut cloud = Cloud::builtin().remove(0);
    cloud.name = name.into();
    cloud.builtin = false;
    cloud.created_at = Some(at(0));
    cloud
}

pub fn certificate(name: &str, thumbprint: char) -> Certificate {
    Certificate {
        id: CertificateId::new(),
        name: name.into(),
        issued_to: "CN=é\"'; drop table run; --".into(),
        issued_by: "CN=x".into(),
        not_before: at(0),
        not_after: at(86_400),
        key: "RSA 3072".into(),
        key_location: KeyLocation::Store,
        thumbprint_sha1: thumbprint.to_string().repeat(40),
        thumbprint_sha256: thumbprint.to_string().repeat(64),
        serial: "01".into(),
        der_base64: "AA==".into(),
        origin: "generated".into(),
        created_at: at(0),
    }
}

pub fn service_account(name: &str, certificate: Option<&Certificate>) -> ServiceAccount {
    ServiceAccount {
        id: ServiceAccountId::new(),
        name: name.into(),
        description: String::new(),
        cloud: "AzureCloud".into(),
        tenant_id: "t".into(),
        application_id: "a".into(),
        application_object_id: None,
        principal_id: None,
        credential: match certificate {
            Some(c) => Credential::Certificate {
                certificate_id: c.id,
                thumbprint_sha1: c.thumbprint_sha1.clone(),
                expires_at: c.not_after,
            },
            None => Credential::Secret { expires_at: None },
        },
        grants: vec![],
        subscriptions: vec![],
        storage_accounts: vec![],
        objects: vec![],
        state: State::Incomplete,
        proofs: vec![],
        proven_at: None,
        created_at: at(0),
        answers: None,
        upkeep: Default::default(),
    }
}

pub fn repository(name: &str, account: Option<&ServiceAccount>) -> Repository {
    Repository {
        id: RepositoryId::new(),
        name: name.into(),
        cloud: "AzureCloud".into(),
        account: "north".into(),
        endpoint: None,
        container: "c".into(),
        folder: "f/g".into(),
        tier: Some(Tier::Cool),
        access: account.map_or(Access::AccountKey, |a| Access::ServiceAccount {
            service_account_id: a.id,
        }),
        created_at: at(0),
    }
}

pub fn job(name: &str, source: &Repository, target: &Repository) -> Job {
    Job {
        id: JobId::new(),
        name: name.into(),
        source_id: source.id,
        target_id: target.id,
        include: vec!["**/*.bin".into()],
        exclude: vec![],
        on_change: OnChange::Fail,
        allow_incomplete: false,
        max_requests_per_second: Some(10),
        created_at: at(0),
    }
}

pub fn run(job: Option<&Job>, started: i64) -> Run {
    Run {
        id: RunId::new(),
        kind: RunKind::Copy,
        started_by: None,
        job_id: job.map(|j| j.id),
        job_name: job.map(|j| j.name.clone()),
        point_id: None,
        point: None,
        state: RunState::Running,
        phase: Phase::Listing,
        started_at: at(started),
        ended_at: None,
        counts: Counts::default(),
        notes: vec!["a note".into()],
        remarks: vec![],
        failed_items: vec![],
        problem: None,
    }
}
