//! Which answers of the wizard cannot be right, and which no longer fit after an earlier one was changed.

use super::{Answer, Answers, CertificateAnswer, ExistingApplication, SignedIn, Step, path};
use crate::{
    Code, Problem,
    certificate::VALID_DAYS_MAX,
    fix, onboarding,
    permission::check_folders,
    problem::{Field, Verb},
};
use uuid::Uuid;

/// What Entra takes: 120 characters of display name, of which Coldkeep's own words need some.
pub const NAME_MAX_CHARS: usize = 100;
const KEY_BITS: [u32; 3] = [2048, 3072, 4096];

/// Whether an answer can be right, given those before it.
pub(super) fn check_answer(answer: &Answer, answers: &Answers) -> Result<(), Problem> {
    match answer {
        Answer::Connection(connection) if connection.cloud.trim().is_empty() => Err(Problem::new(
            Code::FieldMissing,
            "No cloud is named",
            fix![
                "Give ",
                Field::Cloud,
                ". To list them: ",
                Verb::CloudList.any(),
                "."
            ],
        )),
        Answer::NewApplication(application) => check_name(&application.name),
        Answer::ExistingApplication(application) => check_existing(application),
        Answer::Certificate(certificate) => check_certificate(certificate, answers),
        Answer::SignIn(signed_in) => check_sign_in(signed_in, answers),
        Answer::Grants(grants) => {
            check_folders(grants)?;
            grants
                .iter()
                .try_for_each(|grant| grant.check().and(onboarding::role_for(grant).map(drop)))
        }
        Answer::Connection(_) | Answer::Secret | Answer::Subscriptions(_) | Answer::Review => Ok(()),
    }
}

/// After a change, forgets every later answer that rests on what was changed.
pub(super) fn forget_stale(before: &Answers, after: &mut Answers) {
    after.reviewed = false;
    let cloud = |answers: &Answers| answers.connection.as_ref().map(|c| c.cloud.clone());
    let signed_in = |answers: &Answers| {
        answers
            .sign_in
            .as_ref()
            .map(|s| (s.tenant_id.clone(), s.user_principal_name.clone()))
    };
    if cloud(before).is_some() && cloud(before) != cloud(after) {
        for step in [Step::SignIn, Step::Subscriptions, Step::Grants] {
            after.forget(step);
        }
    }
    // Another person sees other subscriptions.
    if signed_in(before).is_some() && signed_in(before) != signed_in(after) {
        after.forget(Step::Subscriptions);
        after.forget(Step::Grants);
    }
    // A secret belongs to one application.
    let application = |answers: &Answers| answers.existing().map(|a| a.application_id.clone());
    if application(before).is_some() && application(before) != application(after) {
        after.forget(Step::Secret);
    }
    for step in path(after) {
        if let Some(answer) = after.answer_to(step)
            && check_answer(&answer, after).is_err()
        {
            after.forget(step);
        }
    }
}

/// Whether a service account can be called so.
pub fn is_name(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty() && name.chars().count() <= NAME_MAX_CHARS && !name.chars().any(char::is_control)
}

fn check_name(name: &str) -> Result<(), Problem> {
    if !is_name(name) {
        return Err(Problem::new(
            Code::NameInvalid,
            "The service account's name cannot be used",
            fix![
                "Give it 1 to ",
                NAME_MAX_CHARS.to_string(),
                " characters with ",
                Field::Name,
                "."
            ],
        ));
    }
    Ok(())
}

fn check_existing(application: &ExistingApplication) -> Result<(), Problem> {
    let (tenant, id) = (application.tenant.trim(), application.application_id.trim());
    if !is_tenant(tenant) {
        return Err(Problem::new(
            Code::TenantIdInvalid,
            format!("`{tenant}` is neither a tenant id nor a domain"),
            "Copy the Directory (tenant) ID from the application's overview in the portal, or give a verified domain \
             such as `contoso.onmicrosoft.com`.",
        ));
    }
    if Uuid::try_parse(id).is_err() {
        return Err(Problem::new(
            Code::ApplicationIdInvalid,
            format!("`{id}` is not an application (client) id"),
            "Copy the Application (client) ID from the application's overview in the portal.",
        ));
    }
    // Without a name it gets the application's.
    match application.name.trim() {
        "" => Ok(()),
        name => check_name(name),
    }
}

/// A GUID, or something with the shape of a domain. `common` and its like stand for no tenant in particular.
fn is_tenant(tenant: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    Uuid::try_parse(tenant).is_ok() || (tenant.contains('.') && tenant.split('.').all(label))
}

fn check_certificate(certificate: &CertificateAnswer, answers: &Answers) -> Result<(), Problem> {
    let registers = answers.changes_azure() != Some(false);
    match certificate {
        CertificateAnswer::Generate(_) if !registers => Err(Problem::new(
            Code::CertificateUnregistered,
            "A certificate that has yet to be generated is not registered with the application",
            fix![
                "Add ",
                Field::Grant,
                ", which registers it (this needs a sign-in), or use a certificate that is already \
                registered."
            ],
        )),
        CertificateAnswer::Generate(new) if !KEY_BITS.contains(&new.key_bits) => Err(Problem::new(
            Code::KeySizeInvalid,
            format!("RSA keys of {} bits are not supported", new.key_bits),
            "Choose 2048, 3072 or 4096.",
        )),
        CertificateAnswer::Generate(new) if !(1..=VALID_DAYS_MAX).contains(&new.valid_days) => {
            Err(Problem::new(
                Code::ValidDaysInvalid,
                format!("A certificate cannot be valid for {} days", new.valid_days),
                format!("Choose 1 to {VALID_DAYS_MAX}."),
            ))
        }
        CertificateAnswer::Stored { certificate } if certificate.trim().is_empty() => Err(Problem::new(
            Code::FieldMissing,
            "No certificate is named",
            fix![
                "Give ",
                Field::Certificate,
                ". To list them: ",
                Verb::CertificateList.any(),
                "."
            ],
        )),
        CertificateAnswer::Generate(_) | CertificateAnswer::Stored { .. } | CertificateAnswer::Pfx => Ok(()),
    }
}

fn check_sign_in(signed_in: &SignedIn, answers: &Answers) -> Result<(), Problem> {
    if let Some(connection) = &answers.connection
        && connection.cloud != signed_in.cloud
    {
        return Err(Problem::new(
            Code::SignInOtherCloud,
            "The sign-in is in another cloud",
            format!("Sign in to {}.", connection.cloud),
        ));
    }
    // A domain is only known to be this tenant's once Entra was asked; then the plan shows it.
    if let Some(application) = answers.existing()
        && let Ok(wanted) = Uuid::try_parse(application.tenant.trim())
        && Uuid::try_parse(&signed_in.tenant_id) != Ok(wanted)
    {
        return Err(Problem::new(
            Code::SignInOtherTenant,
            format!(
                "`{}` is signed in to the tenant {}, not to {wanted}",
                signed_in.user_principal_name, signed_in.tenant_id
            ),
            fix!["Sign in to that tenant (", Field::Tenant.set(wanted), ")."],
        ));
    }
    Ok(())
}
