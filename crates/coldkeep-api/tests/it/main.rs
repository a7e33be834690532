//! The JSON of the REST API, pinned: a field or a word that is renamed by accident fails here, in a request as in an answer.
//!
//! Each file of `json/` holds representative documents of one noun, by the name of their type. A document must be read as
//! that type and written again without a difference, so that each field that the file shows still has its name.

use coldkeep_api::*;
use coldkeep_core::{
    certificate::{Certificate, NewCertificate},
    cloud::Cloud,
    job::Job,
    repository::Repository,
    run::Run,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The documents of one noun; each is taken out as it is checked.
struct Pins(Map<String, Value>);

impl Pins {
    fn of(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    /// Checks the documents of one type: one, or several in a list.
    fn check<T: Serialize + DeserializeOwned>(&mut self, name: &str) {
        let pinned = self.0.remove(name);
        let pinned = pinned.unwrap_or_else(|| panic!("no document of {name} is pinned"));
        let documents = match pinned {
            Value::Array(several) => several,
            one => vec![one],
        };
        for document in documents {
            let read: T = serde_json::from_value(document.clone())
                .unwrap_or_else(|e| panic!("{name} cannot be read ({e}): {document:#}"));
            let written = serde_json::to_value(read).unwrap();
            assert_eq!(written, document, "{name}");
        }
    }

    fn finish(self) {
        let left: Vec<_> = self.0.keys().collect();
        assert!(left.is_empty(), "documents of no type: {left:?}");
    }
}

/// A test of the documents of a noun.
macro_rules! pinned {
    ($noun:ident: $($type:ty),+ $(,)?) => {
        #[test]
        fn $noun() {
            let mut pins = Pins::of(include_str!(concat!("json/", stringify!($noun), ".json")));
            $(pins.check::<$type>(stringify!($type));)+
            pins.finish();
        }
    };
}

pinned!(certificate: NewCertificate, GenerateInToken, ImportPfx, PfxFile, LinkCertificate, ExportPfx, ExportedPfx, PfxKey,
    Certificate, CertificateFolder, NameFolder);
pinned!(doctor: Diagnosis);
pinned!(greeting: Greeting);
pinned!(job: NewJob, StartRun, CopyPlan, Job);
pinned!(point: PointList, FilesPage, VerifyPoint, Verification, StartRestore);
pinned!(problem: ProblemDocument);
pinned!(renewal: RenewServiceAccount, AbandonRenewal, RetireOldCredentials);
pinned!(repository: NewRepository, EditRepository, AttachRepository, AdmitWriter, TargetView, Repository);
pinned!(run: Run, RunsPage, RunItemsPage);
pinned!(service_account: NewServiceAccount, OnboardingPlan, EditServiceAccount, CheckServiceAccount, Check,
    RemoveServiceAccount, RemovedServiceAccount, ServiceAccountView, WriteScript, ServiceAccountScript, FromScript,
    WizardView);
pinned!(settings: Settings, Rekey, NetworkFacts, ChangeNetwork, Cloud);
pinned!(sign_in: StartSignIn, SignInWithTokens, BrowserAnswer, SignIn, Capabilities, SeenSubscription,
    SeenStorageAccount, SeenContainer);
