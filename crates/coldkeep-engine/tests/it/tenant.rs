//! A simulated tenant, an engine that knows it, people who sign in there, and what they ask for.

use crate::azure_view::{View, view};
use crate::scene::here;
use coldkeep_api::{
    GivenCredential, NewCredential, NewServiceAccount, RemoveServiceAccount, SignIn, SignInState, StartSignIn,
};
use coldkeep_core::{
    Clock, Problem, SystemClock, Timestamp,
    certificate::NewCertificate,
    cloud::Cloud,
    id::SignInId,
    onboarding::OnPurpose,
    permission::{GrantRequest, PermissionSet},
    resource::ResourceId,
    wizard::{
        Answers, Authentication, CertificateAnswer, Connection, ExistingApplication, Method, NewApplication,
    },
};
use coldkeep_engine::{Config, Engine};
use coldkeep_sim::{Options, Sim, UserSeed};
use coldkeep_store::Store;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

pub const CLOUD: &str = "sim";
pub const ADMIN: &str = "admin@northwind.example";
pub const CLERK: &str = "clerk@northwind.example";
const GRAPH_CLI: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// The real time, moved by some seconds.
#[derive(Debug, Default, Clone)]
pub struct Moved(pub Arc<AtomicI64>);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        SystemClock.now() + jiff::SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

pub struct Scene {
    pub sim: Arc<Sim>,
    pub engine: Arc<Engine>,
    pub clock: Moved,
    dir: TempDir,
}

impl Scene {
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(mut options: Options) -> Self {
        options.tenants[0].users.push(UserSeed {
            principal_name: CLERK.into(),
            display_name: "Clerk".into(),
            admin: false,
        });
        let scene = Self::open(Sim::start(options).await.unwrap()).await;
        for (account, container) in [("northsource", "backups"), ("northtarget", "copies")] {
            scene.sim.world().blobs_in(account, container);
        }
        scene
    }

    /// An engine that knows the simulator as the cloud [`CLOUD`].
    pub async fn open(sim: Sim) -> Self {
        Self::over(Arc::new(sim)).await
    }

    /// Another installation of Coldkeep, with a database of its own, before the same tenant.
    pub async fn beside(&self) -> Self {
        Self::over(self.sim.clone()).await
    }

    async fn over(sim: Arc<Sim>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Moved::default();
        let config = Config {
            data_dir: dir.path().to_owned(),
            database_url: None,
            master_key_file: None,
            clock: Arc::new(clock.clone()),
        };
        let engine = Engine::open(config).await.unwrap();
        let at = sim.endpoints();
        let cloud = Cloud {
            name: CLOUD.into(),
            active_directory: at.login,
            graph: at.graph,
            resource_manager: at.resource_manager,
            blob_endpoint: at.blob,
            ca_pem: sim.ca_pem().map(Into::into),
            builtin: false,
            ..Cloud::builtin().remove(0)
        };
        engine.setup(here()).add_cloud(cloud).await.unwrap();
        Self {
            sim,
            engine,
            clock,
            dir,
        }
    }

    pub async fn sign_in(&self, who: &str) -> SignInId {
        self.signed_in(who, StartSignIn::default()).await
    }

    /// By a client that may read the tenant's policies and who has which role; the Azure CLI's may not.
    pub async fn sign_in_to_see(&self, who: &str) -> SignInId {
        let request = StartSignIn {
            client_id: Some(GRAPH_CLI.into()),
            ..StartSignIn::default()
        };
        self.signed_in(who, request).await
    }

    /// Again, as a problem asks.
    pub async fn sign_in_again(&self, who: &str, problem: &Problem) -> SignInId {
        let request = StartSignIn {
            challenge: Some(*problem.challenge.clone().unwrap_or_else(|| panic!("{problem}"))),
            ..StartSignIn::default()
        };
        self.signed_in(who, request).await
    }

    async fn signed_in(&self, who: &str, request: StartSignIn) -> SignInId {
        let sign_in = self.by_device_code(who, request).await;
        assert_eq!(sign_in.state, SignInState::Done, "{:?}", sign_in.problem);
        assert_eq!(sign_in.user_principal_name.as_deref(), Some(who));
        sign_in.id
    }

    /// How a sign-in ended.
    pub async fn by_device_code(&self, who: &str, request: StartSignIn) -> SignIn {
        let request = StartSignIn {
            cloud: CLOUD.into(),
            ..request
        };
        let mut sign_in = self.engine.identity(here()).start_sign_in(request).await.unwrap();
        self.sim
            .world()
            .approve_device_code(&sign_in.user_code, who)
            .unwrap();
        for _ in 0..600 {
            sign_in = self
                .engine
                .identity(here())
                .show_sign_in(sign_in.id)
                .await
                .unwrap();
            if sign_in.state != SignInState::Pending {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        sign_in
    }

    /// The database, to be changed by hand.
    pub async fn store(&self) -> Store {
        Store::open_sqlite(&self.dir.path().join("coldkeep.db"))
            .await
            .unwrap()
    }

    pub async fn view(&self) -> View {
        view(self.sim.world()).await
    }

    pub fn source(&self) -> ResourceId {
        self.container("northsource", "backups")
    }

    pub fn container(&self, account: &str, container: &str) -> ResourceId {
        let account = self.sim.world().storage_account(account).unwrap();
        ResourceId(format!(
            "{}/blobServices/default/containers/{container}",
            account.resource_id
        ))
    }

    pub async fn certificate(&self, name: &str) -> NewCredential {
        let request = new_certificate(Some(name), 30);
        let certificate = self
            .engine
            .identity(here())
            .generate_certificate(request)
            .await
            .unwrap();
        NewCredential::Certificate {
            certificate: certificate.thumbprint_sha1,
        }
    }

    pub async fn remove(&self, name: &str, sign_in_id: SignInId) -> Result<(), Problem> {
        let how = RemoveServiceAccount {
            delete_objects: true,
            sign_in_id: Some(sign_in_id),
            plan_digest: None,
        };
        self.engine
            .identity(here())
            .remove_service_account(name, how)
            .await
            .map(drop)
    }
}

pub fn grant(permission_set: PermissionSet, scope: ResourceId) -> GrantRequest {
    GrantRequest {
        folder: None,
        permission_set,
        scope,
    }
}

/// For a new application that nobody has signed in for yet.
pub fn registering(name: &str, credential: NewCredential, grants: Vec<GrantRequest>) -> NewServiceAccount {
    let answers = Answers {
        connection: Some(Connection {
            cloud: CLOUD.into(),
            method: Method::Register,
        }),
        new_application: Some(NewApplication {
            name: name.into(),
            description: "for tests".into(),
        }),
        grants: Some(grants),
        ..Answers::default()
    };
    proven_by(answers, credential)
}

pub fn register(
    name: &str,
    sign_in_id: SignInId,
    credential: NewCredential,
    grants: Vec<GrantRequest>,
) -> NewServiceAccount {
    NewServiceAccount {
        sign_in_id: Some(sign_in_id),
        ..registering(name, credential, grants)
    }
}

pub fn existing(
    name: &str,
    tenant: &str,
    application_id: &str,
    credential: NewCredential,
) -> NewServiceAccount {
    let answers = Answers {
        connection: Some(Connection {
            cloud: CLOUD.into(),
            method: Method::Existing,
        }),
        existing_application: Some(ExistingApplication {
            tenant: tenant.into(),
            application_id: application_id.into(),
            name: name.into(),
            authentication: match credential {
                NewCredential::Secret { .. } => Authentication::Secret,
                _ => Authentication::Certificate,
            },
            grant: false,
            description: String::new(),
        }),
        ..Answers::default()
    };
    proven_by(answers, credential)
}

/// The request for an existing application, registering its certificate and granting as well.
pub fn granting(
    mut request: NewServiceAccount,
    sign_in_id: impl Into<Option<SignInId>>,
    grants: Vec<GrantRequest>,
) -> NewServiceAccount {
    if let Some(existing) = &mut request.answers.existing_application {
        existing.grant = true;
    }
    request.answers.grants = Some(grants);
    request.sign_in_id = sign_in_id.into();
    request
}

fn proven_by(mut answers: Answers, credential: NewCredential) -> NewServiceAccount {
    let (certificate, given) = match credential {
        NewCredential::GenerateCertificate(new) => (Some(CertificateAnswer::Generate(new)), None),
        NewCredential::Certificate { certificate } => (Some(CertificateAnswer::Stored { certificate }), None),
        NewCredential::Pfx(file) => (Some(CertificateAnswer::Pfx), Some(GivenCredential::Pfx(file))),
        NewCredential::Secret { secret } => (None, Some(GivenCredential::Secret(secret))),
    };
    answers.secret = matches!(given, Some(GivenCredential::Secret(_)));
    answers.certificate = certificate;
    NewServiceAccount {
        answers,
        given,
        allow: OnPurpose::default(),
        sign_in_id: None,
        plan_digest: None,
    }
}

pub fn generated() -> NewCredential {
    NewCredential::GenerateCertificate(new_certificate(None, 90))
}

pub fn new_certificate(name: Option<&str>, valid_days: u32) -> NewCertificate {
    NewCertificate {
        name: name.map(str::to_owned),
        subject: None,
        key_bits: 2048,
        valid_days,
    }
}
