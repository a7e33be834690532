//! The tenant's policy about a credential, read before anything is created.

use super::CertificateChoice;
use coldkeep_azure::graph::Graph;
use coldkeep_core::{
    Fix, Problem, Timestamp, ValidityPeriod, app_policy::AppPolicy, fix, moment::days_after, problem::Field,
};

/// The remark, shown once, if the policies are not readable.
pub(crate) fn unreadable() -> Fix {
    fix![
        "whether the tenant's policy allows this credential: the client that you signed in with is not \
         allowed to read policies (the client of the Azure CLI never is; to use another one: ",
        Field::ClientId,
        ")"
    ]
}

/// The policy for an application (object id; none: a new one); none if the policies are not readable.
pub(super) async fn observe_policy(
    graph: &Graph,
    object_id: Option<&str>,
) -> Result<Option<AppPolicy>, Problem> {
    let policy = graph.fetch_app_management_policy(object_id).await;
    policy.map_err(|e| e.problem("The tenant's app management policies cannot be read"))
}

/// Why a policy forbids the certificate, if it does.
pub(crate) fn check_choice(
    policy: &AppPolicy,
    choice: &CertificateChoice,
    now: Timestamp,
) -> Result<(), Problem> {
    match choice {
        CertificateChoice::Generate(how) => {
            // It begins a little before now, for clocks that are behind.
            let validity = ValidityPeriod {
                start: now - jiff::SignedDuration::from_mins(5),
                end: days_after(now, i64::from(how.valid_days)),
            };
            policy.check_certificate(validity, true)
        }
        choice => match choice.known() {
            Some(certificate) => policy.check_certificate(
                ValidityPeriod {
                    start: certificate.not_before,
                    end: certificate.not_after,
                },
                certificate.issued_to == certificate.issued_by,
            ),
            None => Ok(()),
        },
    }
}
