//! The steps of the demo, in an administrator's order.

use super::{
    azure::{
        RESTORE_CONTAINER, SOURCE_ACCOUNT, SOURCE_CONTAINER, SimulatedAzure, TARGET_ACCOUNT, TARGET_CONTAINER,
    },
    compare,
    report::{Report, ReportLine},
};
use crate::{
    cmd::{
        Context,
        service_account::plan::{PLAN_HEADERS, step_row},
    },
    print::{count, of_size, watch_run},
    restore_dir,
};
use coldkeep_api::{
    NewAccess, NewJob, NewRepository, NewServiceAccount, SignInState, StartRestore, StartRun, StartSignIn,
};
use coldkeep_core::{
    Code, Problem,
    certificate::NewCertificate,
    fix,
    id::SignInId,
    job::OnChange,
    onboarding::OnPurpose,
    permission::{GrantRequest, PermissionSet},
    point::{Exactness, Point},
    problem::Verb,
    run::{Run, RunState},
    wizard::{Answers, CertificateAnswer, Connection, Method, NewApplication},
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const CLOUD: &str = "demo";
const ACCOUNT: &str = "demo";
const JOB: &str = "nightly";

/// Runs all steps from the first sign-in to the last comparison.
pub async fn tell(
    context: Context<'_>,
    azure: &SimulatedAzure,
    source: &Path,
    home: &Path,
) -> Result<Report, Problem> {
    let started = Instant::now();
    let mut report = Report::default();
    context.client.add_cloud(&azure.cloud(CLOUD)).await?;
    set_up_service_account(context, azure, &mut report).await?;
    upload(context, azure, source, &mut report)?;
    add_job(context).await?;

    let originals = azure.snapshot(SOURCE_ACCOUNT, SOURCE_CONTAINER);
    let first = first_run(context, &mut report).await?;
    second_run(context, azure, &mut report).await?;
    restore_container(context, azure, &first, &originals, &mut report).await?;
    restore_folder(context, home, &first, &originals, &mut report).await?;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// A new application with a new certificate, three grants, and a proof of each.
async fn set_up_service_account(
    context: Context<'_>,
    azure: &SimulatedAzure,
    report: &mut Report,
) -> Result<(), Problem> {
    let Context { client, out, .. } = context;
    out.remark("\n1. Setting up the Azure service account `demo`");
    let sign_in_id = sign_in(context, azure).await?;
    let grant = |permission_set, account, container| GrantRequest {
        permission_set,
        folder: None,
        scope: azure.container_id(account, container),
    };
    let request = NewServiceAccount {
        answers: Answers {
            connection: Some(Connection {
                cloud: CLOUD.into(),
                method: Method::Register,
            }),
            new_application: Some(NewApplication {
                name: ACCOUNT.into(),
                description: String::new(),
            }),
            certificate: Some(CertificateAnswer::Generate(NewCertificate {
                name: None,
                subject: None,
                key_bits: 3072,
                valid_days: 365,
            })),
            grants: Some(vec![
                grant(PermissionSet::CopySource, SOURCE_ACCOUNT, SOURCE_CONTAINER),
                grant(PermissionSet::CopyTarget, TARGET_ACCOUNT, TARGET_CONTAINER),
                grant(PermissionSet::RestoreTarget, TARGET_ACCOUNT, RESTORE_CONTAINER),
            ]),
            ..Answers::default()
        },
        given: None,
        allow: OnPurpose::default(),
        sign_in_id: Some(sign_in_id),
        plan_digest: None,
    };
    let plan = client.plan_service_account(&request).await?;
    if !context.global.quiet {
        out.table_beside(&PLAN_HEADERS, plan.steps.iter().map(step_row));
    }
    let added = Instant::now();
    let account = client.add_service_account(&request).await?;
    let check = client.check_service_account(ACCOUNT).await?;
    out.remark(&format!(
        "   done in {:.1} s: application {}, {} proofs",
        added.elapsed().as_secs_f64(),
        account.application_id,
        check.findings.len()
    ));
    report.check(
        "the service account's permissions are tested, each with a token and a data request",
        check.ok,
    );
    Ok(())
}

/// The person's part: the demo types the code in by itself.
async fn sign_in(context: Context<'_>, azure: &SimulatedAzure) -> Result<SignInId, Problem> {
    let Context { client, out, .. } = context;
    let request = StartSignIn {
        cloud: CLOUD.into(),
        tenant: None,
        client_id: None,
        ..StartSignIn::default()
    };
    let mut sign_in = client.start_sign_in(&request).await?;
    azure.approve(&sign_in.user_code)?;
    // Ends: the server gives a code up when it runs out.
    while sign_in.state == SignInState::Pending {
        tokio::time::sleep(Duration::from_millis(100)).await;
        sign_in = client.show_sign_in(sign_in.id).await?;
    }
    if let Some(problem) = sign_in.problem {
        return Err(problem);
    }
    let who = sign_in.user_principal_name.unwrap_or_default();
    out.remark(&format!(
        "   signed in as {who} with code {} (approved by the demo itself)",
        sign_in.user_code
    ));
    Ok(sign_in.id)
}

fn upload(
    context: Context<'_>,
    azure: &SimulatedAzure,
    source: &Path,
    report: &mut Report,
) -> Result<(), Problem> {
    let out = context.out;
    out.remark(&format!(
        "\n2. Uploading the files of {} as the source",
        source.display()
    ));
    let uploaded = azure.upload(source)?;
    out.remark(&format!(
        "   {} files, {}",
        count(uploaded.files as u64),
        of_size(uploaded.bytes)
    ));
    if uploaded.left_out > 0 {
        out.tell(&format!(
            "   {} more were skipped: the demo uses the first 5,000 files or 512 MiB.",
            count(uploaded.left_out as u64)
        ));
    }
    report.files = uploaded.files as u64;
    report.bytes = uploaded.bytes;
    report.left_out = uploaded.left_out as u64;
    Ok(())
}

async fn add_job(context: Context<'_>) -> Result<(), Problem> {
    let Context { client, out, .. } = context;
    out.remark("\n3. Adding repositories and the job `nightly`");
    for (name, account, container) in [
        ("m365", SOURCE_ACCOUNT, SOURCE_CONTAINER),
        ("vault", TARGET_ACCOUNT, TARGET_CONTAINER),
        ("restored", TARGET_ACCOUNT, RESTORE_CONTAINER),
    ] {
        let request = NewRepository {
            name: name.into(),
            cloud: CLOUD.into(),
            account: account.into(),
            endpoint: None,
            container: container.into(),
            folder: None,
            tier: None,
            access: NewAccess::ServiceAccount {
                service_account: ACCOUNT.into(),
            },
        };
        client.add_repository(&request).await?;
    }
    let request = NewJob {
        name: JOB.into(),
        source: "m365".into(),
        target: "vault".into(),
        include: vec![],
        exclude: vec![],
        on_change: OnChange::Fail,
        allow_incomplete: false,
        max_requests_per_second: None,
    };
    client.add_job(&request).await?;
    Ok(())
}

async fn first_run(context: Context<'_>, report: &mut Report) -> Result<Point, Problem> {
    let Context { client, out, .. } = context;
    let plan = client.plan_job(JOB).await?;
    out.remark(&format!(
        "   plan: {} of {} items to copy ({}), {} requests, by {}",
        count(plan.items_to_copy),
        count(plan.items_total),
        of_size(plan.bytes_to_copy),
        count(plan.copy_requests),
        plan.method
    ));
    out.remark("\n4. Running it");
    let run = run_job(context, "first copy", report).await?;
    report.check(
        "the first run copied every blob, and no blob content crossed this host",
        run.counts.items_copied == report.files && run.counts.data_bytes == 0,
    );
    let point = last_point(context).await?;
    report.check("the restore point is exact", point.exactness == Exactness::Exact);
    let started = Instant::now();
    let verified = client.verify_point(point.id, true).await?;
    report.steps.push(ReportLine {
        items: verified.items_checked,
        bytes: verified.bytes_checked,
        ..ReportLine::of("verify, deep", &verified.counts, started.elapsed().as_secs_f64())
    });
    for proved in &verified.proved {
        out.remark(&format!("   proved: {proved}"));
    }
    report.check("the restore point verifies", verified.ok);
    Ok(point)
}

async fn second_run(
    context: Context<'_>,
    azure: &SimulatedAzure,
    report: &mut Report,
) -> Result<(), Problem> {
    let changes = azure.change_some();
    context.out.remark(&format!(
        "\n5. The source changes ({} blobs changed, {} added, {} deleted); running again",
        changes.changed, changes.added, changes.deleted
    ));
    report.changes = changes;
    let run = run_job(context, "second copy", report).await?;
    report.check(
        "the second run copied only what changed",
        run.counts.items_copied == changes.changed + changes.added && run.counts.data_bytes == 0,
    );
    let points = context.client.list_points(Some("vault")).await?.points;
    report.check("two restore points are listed", points.len() == 2);
    Ok(())
}

async fn restore_container(
    context: Context<'_>,
    azure: &SimulatedAzure,
    point: &Point,
    originals: &super::azure::Blobs,
    report: &mut Report,
) -> Result<(), Problem> {
    context
        .out
        .remark("\n6. Restoring the first point into a container");
    let request = StartRestore {
        to: "restored".into(),
        folder: None,
        include: vec![],
        overwrite: false,
    };
    let started = Instant::now();
    let run = context.client.start_restore(point.id, &request).await?;
    let run = ended(context, watch_run(context.client, context.out, run.id).await?).await?;
    report.steps.push(ReportLine::of(
        "restore, container",
        &run.counts,
        started.elapsed().as_secs_f64(),
    ));
    let restored = azure.snapshot(TARGET_ACCOUNT, RESTORE_CONTAINER);
    report.compared(
        "the restored container",
        compare::containers(originals, &restored),
    );
    Ok(())
}

async fn restore_folder(
    context: Context<'_>,
    home: &Path,
    point: &Point,
    originals: &super::azure::Blobs,
    report: &mut Report,
) -> Result<(), Problem> {
    context.out.remark("\n7. Restoring the first point into a folder");
    let dir = home.join("restored");
    let request = restore_dir::RestoreRequest {
        point: point.id.into(),
        dir: dir.clone(),
        include: vec![],
        overwrite: false,
    };
    let started = Instant::now();
    let restored = restore_dir::run(context.client, context.out, &request).await?;
    report.steps.push(ReportLine {
        step: "restore, folder".into(),
        items: restored.items_done,
        bytes: restored.bytes_done,
        requests: restored.items_done,
        requests_per_item: 1.0,
        control_bytes: 0,
        data_bytes: restored.bytes_done,
        seconds: started.elapsed().as_secs_f64(),
    });
    report.compared("the restored folder", compare::folder(originals, &dir)?);
    context.out.remark("");
    Ok(())
}

/// Runs the job and watches it to its end.
async fn run_job(context: Context<'_>, step: &str, report: &mut Report) -> Result<Run, Problem> {
    let started = Instant::now();
    let run = context.client.start_job(JOB, &StartRun::default()).await?;
    let run = ended(context, watch_run(context.client, context.out, run.id).await?).await?;
    let seconds = started.elapsed().as_secs_f64();
    context.out.remark(&format!(
        "   {} copied, {} unchanged, in {seconds:.1} s",
        count(run.counts.items_copied),
        count(run.counts.items_unchanged)
    ));
    report.steps.push(ReportLine::of(step, &run.counts, seconds));
    Ok(run)
}

/// The run, if it did all it should.
async fn ended(context: Context<'_>, run: Run) -> Result<Run, Problem> {
    if run.state == RunState::Done {
        return Ok(run);
    }
    let items = context.client.list_run_items(run.id, 0, 1).await?.items;
    let first = items.into_iter().next().map(|found| found.item);
    let first = first.map(|item| item.problem.context(format!("`{}`", item.name)));
    Err(run.problem.or(first).unwrap_or_else(|| {
        Problem::new(
            Code::InternalError,
            "The run failed",
            fix!["See more: ", Verb::RunList.any(), "."],
        )
    }))
}

async fn last_point(context: Context<'_>) -> Result<Point, Problem> {
    let points = context.client.list_points(Some("vault")).await?.points;
    points
        .into_iter()
        .next_back()
        .ok_or_else(|| Problem::internal("The run created no restore point"))
}
