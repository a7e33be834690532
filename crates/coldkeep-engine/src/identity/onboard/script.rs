//! Setting up where Coldkeep cannot sign in: a script that an administrator runs elsewhere, and the ids that it prints.

use super::{
    CertificateChoice,
    checked_request::{CheckedRequest, RequestedCredential},
    observe::{definition, der_of},
    proof,
    prove::{self, Fresh},
};
use crate::identity::IdentityWing;
use coldkeep_api::{FromScript, ServiceAccountScript, WriteScript};
use coldkeep_azure::{
    AppCredential, Azure, TokenSource,
    script::{self, Script, ScriptApplication, ScriptGrant, ScriptIds, ScriptKey},
};
use coldkeep_core::{
    Code, Problem,
    certificate::Certificate,
    fix,
    id::ServiceAccountId,
    onboarding::{self, CustomRole},
    permission::GrantRequest,
    problem::{Field, Verb},
    service_account::{Credential, Grant, ProofOutcome, ServiceAccount, State},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a script was written for: it travels with the script and comes back in its setup result line.
#[derive(Debug, Serialize, Deserialize)]
struct MadeFor {
    account_id: ServiceAccountId,
    name: String,
    description: String,
    cloud: String,
    certificate_sha256: String,
    grants: Vec<GrantRequest>,
}

impl IdentityWing {
    /// The script that creates the objects elsewhere. The certificate is generated or stored now; nothing in Azure is.
    pub async fn write_script(&self, request: WriteScript) -> Result<ServiceAccountScript, Problem> {
        let asked = self.asked(&request.service_account).await?;
        self.refuse_taken_account(&asked.name).await?;
        let azure = self.ground.azure(asked.cloud()).await?;
        let (tenant_id, application_id) = self.place_of(&asked, &azure, None).await?;
        let certificate = self.certificate_for_script(&asked).await?;
        let made_for = MadeFor {
            account_id: account_id_of(&asked.name, &certificate),
            name: asked.name.clone(),
            description: asked.description().to_owned(),
            cloud: asked.cloud().to_owned(),
            certificate_sha256: certificate.thumbprint_sha256.clone(),
            grants: asked.grants().to_vec(),
        };
        let der = der_of(&certificate).ok_or_else(|| {
            Problem::internal(format!(
                "The stored certificate `{}` is not base64",
                certificate.name
            ))
        })?;
        let unique_name = onboarding::unique_name(made_for.account_id);
        let notes = format!("Created for Coldkeep's service account `{}`.", asked.name);
        let script = Script {
            cloud: azure.cloud(),
            tenant_id: (!tenant_id.is_empty()).then_some(tenant_id.as_str()),
            application: match asked.existing() {
                None => ScriptApplication::Register {
                    unique_name: &unique_name,
                    display_name: &asked.name,
                    notes: &notes,
                },
                Some(_) => ScriptApplication::Existing {
                    application_id: &application_id,
                },
            },
            certificate: ScriptKey {
                der: &der,
                name: &certificate.issued_to,
                start: certificate.not_before,
                end: certificate.not_after,
            },
            roles: roles_for(asked.grants())?.iter().map(definition).collect(),
            grants: script_grants(&asked)?,
            made_for: serde_json::to_value(&made_for)
                .map_err(|e| Problem::internal(format!("A script could not be written ({e})")))?,
        };
        Ok(ServiceAccountScript {
            shell: request.shell,
            text: script.render(request.shell),
            thumbprint_sha1: certificate.thumbprint_sha1,
        })
    }

    /// Reads the ids that a script printed: tests them with real tokens and data requests, and only then keeps the
    /// service account. What the script created was not created by Coldkeep, and is never removed by it.
    pub async fn add_from_script(&self, from: FromScript) -> Result<ServiceAccount, Problem> {
        let this = self.change_accounts().await?;
        let (ids, made) = read_ids(&from.said)?;
        this.refuse_taken_account(&made.name).await?;
        if self
            .ground
            .store
            .load_service_account(made.account_id)
            .await?
            .is_some()
        {
            return Err(Problem::new(
                Code::ScriptUsed,
                "A service account was created from this script already",
                fix!["See it: ", Verb::ServiceAccountList.any(), "."],
            ));
        }
        let certificate = self
            .ground
            .store
            .load_certificate_by_thumbprint(&made.certificate_sha256)
            .await?
            .ok_or_else(|| {
                Problem::new(
                    Code::ScriptCertificateGone,
                    "The certificate that the script registered is not in this certificate store",
                    "Pass the result line to the installation that wrote the script, or write a new script \
                     here.",
                )
            })?;
        let azure = self.ground.azure(&made.cloud).await?;
        let account = ServiceAccount {
            id: made.account_id,
            name: made.name,
            description: made.description,
            cloud: made.cloud,
            tenant_id: ids.tenant_id.to_ascii_lowercase(),
            application_id: ids.application_id.to_ascii_lowercase(),
            application_object_id: Some(ids.application_object_id),
            principal_id: Some(ids.principal_id),
            credential: Credential::Certificate {
                certificate_id: certificate.id,
                thumbprint_sha1: certificate.thumbprint_sha1.clone(),
                expires_at: certificate.not_after,
            },
            grants: grants_of(&made.grants, ids.assignment_ids)?,
            subscriptions: vec![],
            storage_accounts: vec![],
            objects: vec![],
            state: State::Ready,
            proofs: vec![],
            proven_at: None,
            created_at: self.ground.config.clock.now(),
            answers: None,
            upkeep: Default::default(),
        };
        this.prove_from_script(&azure, account).await
    }

    async fn prove_from_script(
        &self,
        azure: &Azure,
        mut account: ServiceAccount,
    ) -> Result<ServiceAccount, Problem> {
        let Credential::Certificate { certificate_id, .. } = &account.credential else {
            return Err(Problem::internal(
                "The service account of a script has no certificate",
            ));
        };
        let signer = self.ground.load_signer(*certificate_id).await?;
        let credential = AppCredential::Certificate(signer);
        let source = TokenSource::for_app(azure, &account.tenant_id, &account.application_id, credential);
        account.proofs = prove::prove_tokens(azure, &source, Fresh::Yes).await?;
        let object_id = source
            .fetch_object_id(&azure.cloud().storage_audience)
            .await
            .map_err(|e| e.problem("The application got no token for storage"))?;
        if object_id.is_some() && object_id != account.principal_id {
            return Err(Problem::new(
                Code::ScriptInvalid,
                "The result line names another service principal than the application's",
                "Copy the complete line again.",
            ));
        }
        account.proofs.push(proof(
            "the application is the one that the script names",
            ProofOutcome::Ok,
            "",
        ));
        for grant in account.grants.clone() {
            let clock = &*self.ground.config.clock;
            let found = prove::prove_grant(azure, &source, &grant.request(), clock).await?;
            account.proofs.push(found);
        }
        account.proven_at = Some(self.ground.config.clock.now());
        self.save_account(&account).await?;
        let binding = self.ground.service_account_binding(&account).await?;
        self.ground.save_sealed(&binding, None).await?;
        Ok(account)
    }

    async fn refuse_taken_account(&self, name: &str) -> Result<(), Problem> {
        if self
            .ground
            .store
            .load_service_account_by_name(name)
            .await?
            .is_none()
        {
            return Ok(());
        }
        Err(Problem::new(
            Code::ServiceAccountNameTaken,
            format!("The service account `{name}` already exists"),
            fix!["Choose another ", Field::Name, ", or remove that one first."],
        ))
    }

    /// The certificate, in the store: the script names it, and its key must be there when the ids come back.
    async fn certificate_for_script(&self, asked: &CheckedRequest<'_>) -> Result<Certificate, Problem> {
        if matches!(asked.credential, RequestedCredential::Secret(_)) {
            return Err(Problem::new(
                Code::ScriptInvalid,
                "A script needs a certificate: a secret would be readable in the script",
                fix![
                    "Use a certificate: ",
                    Field::GenerateCertificate,
                    ", ",
                    Field::Certificate,
                    " or ",
                    Field::Pfx,
                    "."
                ],
            ));
        }
        let mut choice = self.choose_certificate(asked, None).await?;
        self.keep_imported(&mut choice).await?;
        match choice {
            CertificateChoice::Stored(certificate) => Ok(*certificate),
            CertificateChoice::Generate(new) => self.generate_certificate(new).await,
            CertificateChoice::Import(..) | CertificateChoice::None => {
                Err(Problem::internal("The certificate to store does not exist"))
            }
        }
    }
}

/// The ids and what they are for, once they make sense by themselves.
fn read_ids(said: &str) -> Result<(ScriptIds, MadeFor), Problem> {
    let ids = script::find_ids(said).ok_or_else(|| {
        Problem::new(
            Code::ScriptInvalid,
            "The output of the script has no result line",
            format!(
                "Pass the line that begins with `{}`, complete and on one line.",
                script::IDS_LINE.trim_end()
            ),
        )
    })?;
    let spoilt = |what: &str| {
        Problem::new(
            Code::ScriptInvalid,
            format!("The result line cannot be used: {what}"),
            fix![
                "Copy the complete line again; or write and run a new script: ",
                Verb::ServiceAccountScript.any(),
                "."
            ],
        )
    };
    let made: MadeFor = serde_json::from_value(ids.made_for.clone()).map_err(|e| spoilt(&e.to_string()))?;
    if made.grants.len() != ids.assignment_ids.len() {
        return Err(spoilt("its number of role assignments differs from the request"));
    }
    for id in [
        &ids.tenant_id,
        &ids.application_id,
        &ids.application_object_id,
        &ids.principal_id,
    ] {
        Uuid::try_parse(id).map_err(|_| spoilt(&format!("`{id}` is not an id")))?;
    }
    Ok((ids, made))
}

/// An id that depends only on the name and the certificate: a script that is written again finds what the first one
/// created.
fn account_id_of(name: &str, certificate: &Certificate) -> ServiceAccountId {
    let bound = format!("{}|{name}", certificate.thumbprint_sha256);
    ServiceAccountId(Uuid::new_v5(&Uuid::NAMESPACE_OID, bound.as_bytes()))
}

fn roles_for(grants: &[GrantRequest]) -> Result<Vec<CustomRole>, Problem> {
    let mut roles = Vec::new();
    for grant in grants {
        let role = onboarding::role_among(grant, grants)?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(roles)
}

fn script_grants<'a>(asked: &CheckedRequest<'a>) -> Result<Vec<ScriptGrant<'a>>, Problem> {
    let grants = asked.grants();
    grants
        .iter()
        .map(|grant| {
            Ok(ScriptGrant {
                scope: &grant.scope,
                role_definition_id: onboarding::role_among(grant, grants)?.id(),
                description: format!("Coldkeep service account `{}`", asked.name),
                condition: grant.condition(),
            })
        })
        .collect()
}

fn grants_of(requests: &[GrantRequest], ids: Vec<String>) -> Result<Vec<Grant>, Problem> {
    requests
        .iter()
        .zip(ids)
        .map(|(request, assignment_id)| {
            Ok(Grant {
                permission_set: request.permission_set,
                scope: request.scope.clone(),
                folder: request.folder.clone(),
                assignment_id,
                role_definition_id: onboarding::role_among(request, requests)?.id(),
                made_by_us: false,
            })
        })
        .collect()
}
