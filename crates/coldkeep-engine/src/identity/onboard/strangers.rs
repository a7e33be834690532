//! Who else could be the application: secrets, certificates and other issuers that no service account uses. Anyone who has
//! one of them has all that the application was granted.

use super::proof;
use crate::identity::IdentityWing;
use coldkeep_azure::{
    Error,
    graph::{FederatedCredential, Graph, KeyCredential, PasswordCredential},
};
use coldkeep_core::{
    Code, ExposeSecret, Problem, fix,
    foreign_secrets::{KnownSecret, SecretFact, SecretOwnership, whose},
    moment::end_words,
    problem::Verb,
    service_account::{Credential, MadeObject, Proof, ProofOutcome, ServiceAccount},
};

/// The number of letters of a secret that Entra shows.
const HINT_CHARS: usize = 3;

impl IdentityWing {
    /// The secrets that an account uses or has still registered, the one in use first.
    async fn known_secrets(&self, account: &ServiceAccount) -> Result<Vec<KnownSecret>, Problem> {
        let mut known = vec![];
        if matches!(account.credential, Credential::Secret { .. }) {
            let binding = self.ground.service_account_binding(account).await?;
            let text = self.ground.load_sealed(&binding).await.ok();
            let hint = text.map(|t| t.expose_secret().chars().take(HINT_CHARS).collect());
            known.push(KnownSecret {
                key_id: account.upkeep.key_id.clone(),
                name: None,
                hint,
            });
        }
        let retiring = account.upkeep.retiring.iter();
        known.extend(retiring.map(|r| KnownSecret {
            key_id: Some(r.key_id.clone()),
            ..KnownSecret::default()
        }));
        known.extend(account.objects.iter().filter_map(|o| match o {
            MadeObject::Secret { name } => Some(KnownSecret {
                name: Some(name.clone()),
                ..KnownSecret::default()
            }),
            _ => None,
        }));
        Ok(known)
    }

    /// When the account's own secret expires, and every secret of the application that is not used here. `others`: the same
    /// application's other accounts.
    pub(super) async fn compare_secrets(
        &self,
        graph: &Graph,
        account: &mut ServiceAccount,
        object_id: &str,
        others: &[&ServiceAccount],
    ) -> Result<Vec<Proof>, Problem> {
        let unread = |e: Error| e.problem("The application's secrets cannot be read");
        let secrets = graph.fetch_secrets(object_id).await.map_err(unread)?;
        let mut known = self.known_secrets(account).await?;
        for other in others {
            known.extend(self.known_secrets(other).await?);
        }
        let facts: Vec<SecretFact<'_>> = secrets.iter().map(fact).collect();
        let sorted = whose(&facts, &known);
        let mut found = vec![];
        if let Credential::Secret { expires_at } = &mut account.credential {
            let own = sorted.known.first().copied().flatten().map(|at| &secrets[at]);
            if let Some(end) = own.and_then(|own| own.end_date_time) {
                *expires_at = Some(end);
            }
            found.push(own_secret(own, secrets.is_empty()));
        }
        found.extend(foreign_secrets(&secrets, &sorted));
        Ok(found)
    }
}

fn fact(secret: &PasswordCredential) -> SecretFact<'_> {
    SecretFact {
        key_id: &secret.key_id,
        name: secret.display_name.as_deref(),
        hint: secret.hint.as_deref().filter(|h| !h.is_empty()),
    }
}

fn own_secret(own: Option<&PasswordCredential>, none_left: bool) -> Proof {
    const WHAT: &str = "when the secret expires";
    match own {
        Some(secret) => match secret.end_date_time {
            Some(end) => proof(WHAT, ProofOutcome::Ok, end_words(end)),
            None => proof(
                WHAT,
                ProofOutcome::Unknown,
                "Entra returns no readable date for it.",
            ),
        },
        None if none_left => proof(WHAT, ProofOutcome::Missing, "The application has no secret left.")
            .with_fix(fix!["Create one: ", Verb::ServiceAccountRenew.any(), "."])
            .coded(Code::SecretMissing),
        None => proof(
            WHAT,
            ProofOutcome::Unknown,
            "The application has several secrets, and Entra does not show which is this one.",
        ),
    }
}

fn foreign_secrets(secrets: &[PasswordCredential], sorted: &SecretOwnership) -> Vec<Proof> {
    let foreign = sorted.foreign.iter().map(|at| {
        let secret = &secrets[*at];
        stranger(
            format!("secret {} of the application", secret.key_id),
            Code::ForeignSecret,
            &described(secret),
        )
    });
    let mut found: Vec<Proof> = foreign.collect();
    if sorted.doubtful.len() > 1 {
        let all: Vec<String> = sorted
            .doubtful
            .iter()
            .map(|at| format!("{} ({})", secrets[*at].key_id, described(&secrets[*at])))
            .collect();
        let what = format!("{} secrets of the application", all.len());
        let detail = format!(
            "Only one of them can belong to this service account, and Entra does not show which: {}.",
            all.join("; ")
        );
        let fix = fix![
            "Remove the others in the portal; or create a secret that is known by its id: ",
            Verb::ServiceAccountRenew.any(),
            "."
        ];
        let told = proof(what, ProofOutcome::Failed, detail).with_fix(fix);
        found.push(told.coded(Code::ForeignSecret));
    }
    found
}

/// The service principal's own credentials, and other issuers. Unreadable ones are reported as unknown.
pub(super) async fn compare_strangers(
    graph: &Graph,
    object_id: &str,
    principal_id: Option<&str>,
) -> Vec<Proof> {
    let mut found = vec![];
    if let Some(principal_id) = principal_id {
        match graph.fetch_principal_credentials(principal_id).await {
            Ok(there) => {
                found.extend(there.secrets.iter().map(|secret| {
                    let what = format!("secret {} of the service principal", secret.key_id);
                    stranger(what, Code::ForeignSecretOfPrincipal, &described(secret))
                }));
                found.extend(there.keys.iter().map(|key| {
                    let what = format!("certificate {} of the service principal", key.key_id);
                    stranger(what, Code::ForeignCertificateOfPrincipal, &key_described(key))
                }));
            }
            Err(e) => found.push(unread("credentials of the service principal", &e)),
        }
    }
    match graph.fetch_federated_credentials(object_id).await {
        Ok(there) => found.extend(there.iter().map(federated)),
        Err(e) => found.push(unread("federated credentials of the application", &e)),
    }
    found
}

fn unread(what: &str, error: &Error) -> Proof {
    Proof::of_problem(what, ProofOutcome::Unknown, error.problem("It cannot be read"))
}

fn federated(credential: &FederatedCredential) -> Proof {
    let subject = credential.subject.as_deref().unwrap_or("an expression");
    proof(
        format!("federated credential `{}` of the application", credential.name),
        ProofOutcome::Failed,
        format!(
            "Tokens from {} for `{subject}` can authenticate as this application. If you do not use this, \
             remove it in the portal, under Certificates & secrets, Federated credentials.",
            credential.issuer
        ),
    )
    .coded(Code::FederatedCredential)
}

/// A credential that Coldkeep does not know.
pub(super) fn stranger(what: String, code: Code, described: &str) -> Proof {
    proof(
        what,
        ProofOutcome::Failed,
        format!(
            "Coldkeep does not know it ({described}). If you do not use it, remove it in the portal: anyone \
             who has it can sign in as this application."
        ),
    )
    .coded(code)
}

fn described(secret: &PasswordCredential) -> String {
    let name = secret.display_name.as_deref().filter(|n| !n.is_empty());
    let end = secret.end_date_time.map(end_words);
    in_words(name, end)
}

pub(super) fn key_described(key: &KeyCredential) -> String {
    let name = Some(key.display_name.as_str()).filter(|n| !n.is_empty());
    in_words(name, key.end.map(end_words))
}

fn in_words(name: Option<&str>, end: Option<String>) -> String {
    let name = match name {
        Some(name) => format!("`{name}`"),
        None => "without a name".to_owned(),
    };
    match end {
        Some(end) => format!("{name}, {end}"),
        None => name,
    }
}
