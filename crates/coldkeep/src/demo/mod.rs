//! The whole story on the simulator, in one command: what an administrator would do, through the same client and server as
//! every other command.

mod azure;
mod compare;
mod report;
mod story;

use crate::{
    cli::Global,
    cmd::Context,
    failure::{Done, Outcome},
    print::Out,
    session::Session,
};
use azure::SimulatedAzure;
use clap::Args;
use coldkeep_core::{Code, ExposeSecret, Problem, SecretString};
use std::path::{Path, PathBuf};

/// `coldkeep demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The folder whose files are the source [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub source: Option<PathBuf>,
    /// Keep the simulator and the server running at the end, until Ctrl-C
    #[arg(long)]
    pub keep_running: bool,
}

/// Runs the demo in its own data folder and reports the result.
pub async fn run(args: DemoArgs, global: &Global, out: &Out) -> Outcome {
    let home = tempfile::Builder::new()
        .prefix("coldkeep-demo-")
        .tempdir()
        .map_err(|e| no_folder(&e))?;
    let source = args.source.unwrap_or_else(|| PathBuf::from("."));
    let azure = SimulatedAzure::start().await?;
    let session = Session::open_data_dir(&home.path().join("data"), args.keep_running).await?;
    let told = {
        let context = Context {
            client: session.client(),
            global,
            out,
        };
        story::tell(context, &azure, &source, home.path()).await
    };
    let outcome = match told {
        Ok(report) => {
            report.print(out)?;
            let held = report.everything_held();
            if args.keep_running {
                stay(&azure, home.path(), session.setup_link(), out).await;
            }
            Ok(if held { Done::All } else { Done::Unwell })
        }
        Err(problem) => Err(problem.into()),
    };
    session.close().await?;
    azure.stop().await;
    outcome
}

/// Keeps everything running and shows what to try.
async fn stay(azure: &SimulatedAzure, home: &Path, link: Option<&SecretString>, out: &Out) {
    let data_dir = home.join("data");
    if let Some(link) = link {
        out.tell("\nEverything is still running. To see the pages, open this one-time link in a browser:\n");
        out.tell(&format!("    {}", link.expose_secret()));
    }
    out.tell("\nIn another terminal, you can for example run:\n");
    for command in [
        "point list",
        "run list",
        "service-account check demo",
        "job run nightly",
    ] {
        out.tell(&format!(
            "    coldkeep --data-dir {} {command}",
            data_dir.display()
        ));
    }
    out.tell(&format!(
        "\nThe simulator's control API is at {}. Press Ctrl-C to end everything and remove {}.",
        azure.control(),
        home.display()
    ));
    // Where no signal can be waited for there is nothing to wait for either.
    let _ = tokio::signal::ctrl_c().await;
}

fn no_folder(error: &std::io::Error) -> Problem {
    Problem::new(
        Code::FolderUnusable,
        format!("A temporary folder cannot be created ({error})"),
        "Free some disk space, or choose another folder with TMPDIR.",
    )
}
