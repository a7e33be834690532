//! What the programs that copy have in common: an application with a certificate, something to copy, and a look at the copy.

use super::Stage;
use coldkeep_sim::world::RegisteredApp;
use std::collections::BTreeMap;

/// A self-signed certificate: in DER, and in PEM with its key, as such programs read it.
pub fn certificate() -> (Vec<u8>, String) {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let mut params = rcgen::CertificateParams::new(vec![]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    let made = params.self_signed(&pair).unwrap();
    (
        made.der().to_vec(),
        format!("{}{}", made.pem(), pair.serialize_pem()),
    )
}

/// Names that need encoding, an empty blob, one of several megabytes.
fn some_blobs() -> BTreeMap<String, Vec<u8>> {
    let mut blobs: BTreeMap<_, _> = (0..20u8)
        .map(|n| (format!("m365/mailbox {n:02}.dat"), vec![b'a' + n; 3000]))
        .collect();
    blobs.insert("m365/ä+%25.dat".to_owned(), b"odd".to_vec());
    blobs.insert("empty".to_owned(), vec![]);
    blobs.insert(
        "large.bin".to_owned(),
        (0..5_000_000u32).map(|n| n.to_le_bytes()[1]).collect(),
    );
    blobs
}

impl Stage {
    /// The account's signature for everything.
    pub fn sas(&self, account: &str) -> String {
        let described = self.sim.world().describe().unwrap();
        let accounts = described["accounts"].as_array().unwrap();
        let found = accounts.iter().find(|a| a["name"] == account);
        found.and_then(|a| a["sas"].as_str()).map(str::to_owned).unwrap()
    }

    /// The application that may read and write all accounts, with a certificate in this file.
    pub fn app_with_certificate(&self, file: &str) -> RegisteredApp {
        let app = self.sim.world().ready_app().unwrap();
        self.certify(&app, file);
        app
    }

    /// Registers a fresh certificate with an application, and writes it with its key into a file.
    pub fn certify(&self, app: &RegisteredApp, file: &str) {
        let (der, pem) = certificate();
        self.sim.world().add_certificate(&app.object_id, &der).unwrap();
        self.write(file, &pem);
    }

    /// Fills a container of the source account, and says with what.
    pub fn seed(&self) -> BTreeMap<String, Vec<u8>> {
        let blobs = some_blobs();
        let place = self.sim.world().blobs_in("northsource", "backups");
        place.fill(
            blobs
                .iter()
                .map(|(name, bytes)| (name.clone(), bytes.clone().into())),
        );
        blobs
    }

    /// Checks that a container holds exactly these blobs.
    pub fn assert_holds(&self, account: &str, container: &str, blobs: &BTreeMap<String, Vec<u8>>) {
        let place = self.sim.world().blobs_in(account, container);
        assert_eq!(place.names(), blobs.keys().cloned().collect::<Vec<_>>());
        for (name, bytes) in blobs {
            assert_eq!(&place.get(name).unwrap().content, bytes, "{name}");
        }
    }

    /// Checks the tier of all blobs of a container.
    pub fn assert_tier(&self, account: &str, container: &str, tier: &str) {
        let place = self.sim.world().blobs_in(account, container);
        for name in place.names() {
            assert_eq!(place.get(&name).unwrap().tier, tier, "{name}");
        }
    }
}
