//! The contenders and how each is told to copy one container into another.

use super::simulator::Simulator;
use crate::{
    run::{output, target_dir, tools_dir},
    tools::azcopy as azcopy_program,
};
use anyhow::Result;
use std::process::Command;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    Coldkeep,
    /// As it comes.
    AzCopy,
    /// With the settings its documentation gives for many small blobs.
    AzCopyTuned,
    Rclone,
}

pub fn contenders(coldkeep_only: bool) -> Vec<Contender> {
    if coldkeep_only {
        return vec![Contender::Coldkeep];
    }
    vec![
        Contender::Coldkeep,
        Contender::AzCopyTuned,
        Contender::AzCopy,
        Contender::Rclone,
    ]
}

impl Contender {
    pub fn name(self) -> &'static str {
        match self {
            Contender::Coldkeep => "coldkeep job run",
            Contender::AzCopy => "azcopy",
            Contender::AzCopyTuned => "azcopy tuned",
            Contender::Rclone => "rclone",
        }
    }

    /// The target container of this contender.
    pub fn container(self) -> String {
        self.name().replace(' ', "-")
    }

    /// Everything that comes before the copy itself; what is returned is what gets measured.
    pub fn prepare(self, simulator: &Simulator, target: &str) -> Result<Command> {
        match self {
            Contender::Coldkeep => coldkeep(simulator, target),
            Contender::AzCopy => Ok(azcopy(simulator, target)),
            Contender::AzCopyTuned => {
                let mut command = azcopy(simulator, target);
                command
                    .args(["--check-length=false"])
                    .env("AZCOPY_CONCURRENCY_VALUE", "1000");
                Ok(command)
            }
            Contender::Rclone => Ok(rclone(simulator, target)),
        }
    }
}

/// Coldkeep with its global flags, in a data folder of the round.
fn coldkeep_with(simulator: &Simulator, args: &[&str]) -> Command {
    let mut command = Command::new(target_dir().join("release/coldkeep"));
    command
        .arg("--data-dir")
        .arg(simulator.scratch().join("coldkeep"));
    command.args(["--no-input", "--yes", "--quiet"]).args(args);
    command
}

/// Sets the job up, by the same commands as anybody; the run is what gets measured.
fn coldkeep(simulator: &Simulator, target: &str) -> Result<Command> {
    let world = &simulator.world;
    let secret = simulator.scratch().join("secret");
    std::fs::write(&secret, &world.secret)?;
    let secret = secret.to_string_lossy().into_owned();
    let set_up = |line: &str, rest: &[&str]| {
        let words: Vec<&str> = line.split(' ').chain(rest.iter().copied()).collect();
        output(&mut coldkeep_with(simulator, &words)).map(drop)
    };
    let endpoints = [
        "--graph",
        &world.graph,
        "--resource-manager",
        &world.resource_manager,
    ];
    let more = ["--active-directory", &world.login, "--blob-endpoint", &world.blob];
    set_up("cloud add sim", &[endpoints, more].concat())?;
    let application = [
        "--tenant",
        &world.tenant_id,
        "--application",
        &world.application_id,
    ];
    set_up(
        "service-account add --cloud sim --existing --name bench --secret-file",
        &[&[secret.as_str()][..], &application].concat(),
    )?;
    set_up(
        "repository add source --cloud sim --account northsource --container source --service-account bench",
        &[],
    )?;
    set_up(
        "repository add target --cloud sim --account northtarget --service-account bench --container",
        &[target],
    )?;
    set_up("job add copy --source source --target target", &[])?;
    Ok(coldkeep_with(simulator, &["job", "run", "copy"]))
}

fn azcopy(simulator: &Simulator, target: &str) -> Command {
    let mut command = Command::new(azcopy_program());
    command
        .args([
            "copy",
            &simulator.signed_url("northsource", "source"),
            &simulator.signed_url("northtarget", target),
        ])
        .args([
            "--from-to=BlobBlob",
            "--recursive",
            "--as-subdir=false",
            "--log-level=ERROR",
            "--skip-version-check",
        ])
        .args(["--output-level=quiet", "--s2s-preserve-access-tier=false"])
        .env("AZCOPY_LOG_LOCATION", simulator.scratch().join("azcopy-log"))
        .env(
            "AZCOPY_JOB_PLAN_LOCATION",
            simulator.scratch().join("azcopy-plan"),
        )
        .env("HOME", simulator.scratch());
    command
}

fn rclone(simulator: &Simulator, target: &str) -> Command {
    let mut command = Command::new(tools_dir().join("rclone/bin/rclone"));
    command.args(["copy", "src:source", &format!("dst:{target}"), "--fast-list"]);
    command.args(["--transfers=64", "--checkers=64", "--config=/dev/null"]);
    for (remote, account) in [("SRC", "northsource"), ("DST", "northtarget")] {
        let world = &simulator.world;
        command
            .env(format!("RCLONE_CONFIG_{remote}_TYPE"), "azureblob")
            .env(format!("RCLONE_CONFIG_{remote}_ACCOUNT"), account)
            .env(format!("RCLONE_CONFIG_{remote}_KEY"), world.key_of(account))
            .env(
                format!("RCLONE_CONFIG_{remote}_ENDPOINT"),
                world.blob.replace("{account}", account),
            );
    }
    command
}
