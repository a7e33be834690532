//! The contenders, and the command of each to copy one container into another.

use super::simulator::Simulator;
use crate::{
    run::{output, target_dir, tools_dir},
    tools::azcopy as azcopy_program,
};
use anyhow::Result;
use std::{path::PathBuf, process::Command};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contender {
    Coldkeep,
    /// Another binary of it.
    Before(PathBuf),
    /// As it comes.
    AzCopy,
    /// With the settings its documentation gives for many small blobs.
    AzCopyTuned,
    Rclone,
    /// With more transfers at once, for a long way.
    RcloneMany,
}

pub fn contenders(coldkeep_only: bool, before: Option<PathBuf>) -> Vec<Contender> {
    let mut all = vec![Contender::Coldkeep];
    all.extend(before.map(Contender::Before));
    if !coldkeep_only {
        all.extend([
            Contender::AzCopyTuned,
            Contender::AzCopy,
            Contender::Rclone,
            Contender::RcloneMany,
        ]);
    }
    all
}

impl Contender {
    pub fn name(&self) -> &'static str {
        match self {
            Contender::Coldkeep => "coldkeep",
            Contender::Before(_) => "coldkeep before",
            Contender::AzCopy => "azcopy",
            Contender::AzCopyTuned => "azcopy tuned",
            Contender::Rclone => "rclone",
            Contender::RcloneMany => "rclone 256",
        }
    }

    /// The target container of this contender.
    pub fn container(&self) -> String {
        self.name().replace(' ', "-")
    }

    /// Everything that comes before the copy itself; what is returned is what gets measured.
    pub fn prepare(&self, simulator: &Simulator, target: &str) -> Result<Command> {
        match self {
            Contender::Coldkeep => {
                let ours = Ours::new(simulator, target_dir().join("dist/coldkeep"), "coldkeep");
                ours.set_up(simulator, target)?;
                Ok(ours.command(&["job", "run", "copy"]))
            }
            Contender::Before(program) => {
                let ours = Ours::new(simulator, program.clone(), "before");
                ours.set_up(simulator, target)?;
                Ok(ours.command(&["job", "run", "copy"]))
            }
            Contender::AzCopy => Ok(azcopy(simulator, target)),
            Contender::AzCopyTuned => {
                let mut command = azcopy(simulator, target);
                command
                    .args(["--check-length=false"])
                    .env("AZCOPY_CONCURRENCY_VALUE", "1000");
                Ok(command)
            }
            Contender::Rclone => Ok(rclone(simulator, target, 64)),
            Contender::RcloneMany => Ok(rclone(simulator, target, 256)),
        }
    }

    /// Prepares a command that only lists: a plan, or names.
    pub fn prepare_listing(&self, simulator: &Simulator, target: &str) -> Result<Command> {
        let (program, data) = match self {
            Contender::Coldkeep => (target_dir().join("dist/coldkeep"), "coldkeep"),
            Contender::Before(program) => (program.clone(), "before"),
            _ => {
                let mut command = rclone_program(simulator);
                command.args(["size", "src:source", "--fast-list", "--config=/dev/null"]);
                return Ok(command);
            }
        };
        let ours = Ours::new(simulator, program, data);
        ours.set_up(simulator, target)?;
        Ok(ours.command(&["job", "run", "copy", "--plan"]))
    }
}

/// A binary of Coldkeep with its global flags, in a data folder of the round.
struct Ours {
    program: PathBuf,
    data_dir: PathBuf,
    secret: PathBuf,
}

impl Ours {
    fn new(simulator: &Simulator, program: PathBuf, data: &str) -> Self {
        Self {
            program,
            data_dir: simulator.scratch().join(data),
            secret: simulator.scratch().join("secret"),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(&self.data_dir);
        command.args(["--no-input", "--yes", "--quiet"]).args(args);
        command
    }

    /// Sets the job up, with ordinary commands; only the run is measured.
    fn set_up(&self, simulator: &Simulator, target: &str) -> Result<()> {
        let world = &simulator.world;
        std::fs::write(&self.secret, &world.secret)?;
        let secret = self.secret.to_string_lossy().into_owned();
        let set_up = |line: &str, rest: &[&str]| {
            let words: Vec<&str> = line.split(' ').chain(rest.iter().copied()).collect();
            output(&mut self.command(&words)).map(drop)
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
        set_up("job add copy --source source --target target", &[])
    }
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

fn rclone(simulator: &Simulator, target: &str, transfers: u32) -> Command {
    let mut command = rclone_program(simulator);
    command.args(["copy", "src:source", &format!("dst:{target}"), "--fast-list"]);
    command.arg(format!("--transfers={transfers}"));
    command.args(["--checkers=64", "--config=/dev/null"]);
    command
}

/// With both accounts in its environment.
fn rclone_program(simulator: &Simulator) -> Command {
    let mut command = Command::new(tools_dir().join("rclone/bin/rclone"));
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
