//! The simulator as a program: starts, prints how to reach it, and runs until it is stopped.

mod certificate_file;
mod introduction;

use clap::{Parser, ValueEnum};
use coldkeep_sim::{
    AccountSeed, Bound, NameOrder, Options, Ports, Scenario, ScenarioError, Sim, World,
    world::faults::{Action, Fault},
    world::sign_in_rules::{Mfa, SignInRules},
};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A simulated Azure: Entra ID, Microsoft Graph, Resource Manager and Blob Storage on loopback. Everything is
/// lost when it ends, unless `--data` names a folder.
#[derive(Debug, Parser)]
#[command(name = "coldkeep-sim", version, after_help = EXAMPLES)]
struct Args {
    /// The first of consecutive ports: sign-in, Graph, Resource Manager, Blob Storage, control, proxy
    /// [default: free ports]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..=65530))]
    port_base: Option<u16>,
    /// Port of sign-in
    #[arg(long, value_name = "PORT")]
    login_port: Option<u16>,
    /// Port of Graph
    #[arg(long, value_name = "PORT")]
    graph_port: Option<u16>,
    /// Port of Resource Manager
    #[arg(long, value_name = "PORT")]
    resource_manager_port: Option<u16>,
    /// Port of Blob Storage
    #[arg(long, value_name = "PORT")]
    blob_port: Option<u16>,
    /// Port of the control API
    #[arg(long, value_name = "PORT")]
    control_port: Option<u16>,
    /// Port of the proxy
    #[arg(long, value_name = "PORT", requires = "https")]
    proxy_port: Option<u16>,
    /// Serve HTTPS, write the certificate to trust to this file (replacing only the certificate of an earlier simulator), and
    /// run a proxy that routes Microsoft's hosts here
    #[arg(long, value_name = "PEM")]
    https: Option<PathBuf>,
    /// File with the USER:PASSWORD that the proxy requires
    #[arg(long, value_name = "FILE", requires = "https")]
    proxy_login_file: Option<PathBuf>,
    /// Keep versions of blobs in all accounts
    #[arg(long)]
    versioning: bool,
    /// Add Azurite's well-known account `devstoreaccount1` with its well-known key
    #[arg(long)]
    azurite_account: bool,
    /// The order in which blobs are listed
    #[arg(long, value_name = "ORDER", default_value = "utf16", value_parser = ["utf16", "bytes", "case-insensitive", "slash-first"])]
    name_order: String,
    /// Client address that accounts' firewalls see [default: the address of the connection]
    #[arg(long, value_name = "IPV4")]
    client_address: Option<std::net::Ipv4Addr>,
    /// How long new identities, credentials and role assignments stay invisible
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    replication_lag: u32,
    /// Behave like a tenant with security defaults: refuse device codes, require multi-factor authentication
    /// for Resource Manager
    #[arg(long)]
    security_defaults: bool,
    /// Let Resource Manager respond to writes with a claims challenge until a user signs in with multi-factor
    /// authentication
    #[arg(long, conflicts_with = "security_defaults")]
    mfa_for_writes: bool,
    /// Delay every response
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    latency: u32,
    /// Skip authorization: every valid token is allowed everything
    #[arg(long)]
    no_rbac: bool,
    /// Start with the world, faults and events of this file (JSON; see docs/simulator.md)
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Probability, from 0 to 1, that a request fails: refused as busy, connection dropped, or reply lost
    #[arg(long, value_name = "CHANCE", value_parser = chance)]
    fault_chance: Option<f64>,
    /// Seed of the random failures: equal seeds fail the same requests
    #[arg(long, value_name = "NUMBER", default_value_t = 0, requires = "fault_chance")]
    seed: u64,
    /// Folder for this world: created if missing, resumed if it holds a world. Saved within seconds of a
    /// change, and on exit
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Do not log requests
    #[arg(long)]
    no_request_log: bool,
    /// Format of the startup information
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    /// One line
    Json,
}

const EXAMPLES: &str = "\
It prints where its services listen, the ids and keys of its storage accounts, and an application
with a secret that can use them. Point Microsoft's SDKs, the Azure CLI, AzCopy or rclone there;
with --https and its proxy they need no addresses at all.

Examples:
  coldkeep-sim --port-base 10500                  the same addresses every time
  coldkeep-sim --https ca.pem                     for clients that insist on HTTPS
  coldkeep-sim --data ./azure                     resume the same world next time
  coldkeep-sim --scenario world.json              your own world and its faults
  coldkeep-sim --fault-chance 0.02 --seed 7       two of a hundred requests fail, the same ones each time

15 hours pass, and archived blobs are online again:
  curl -X POST CONTROL/clock/advance -d '{\"seconds\": 54000}'";

/// A number from 0 to 1.
fn chance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(chance) if (0.0..=1.0).contains(&chance) => Ok(chance),
        _ => Err("write a number from 0 to 1, such as 0.02".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the error cannot be reported.
            let _unheard = writeln!(io::stderr(), "coldkeep-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> io::Result<()> {
    // A caller that reads that it runs may already stop it.
    let end = End::expected()?;
    let scenario = args.scenario.as_deref().map(Scenario::load).transpose();
    let scenario = scenario.map_err(io::Error::other)?;
    let mut options = options(&args);
    options.proxy_login = args.proxy_login_file.as_deref().map(login).transpose()?;
    if let Some(scenario) = &scenario {
        scenario.amend(&mut options);
    }
    if let Some(path) = &args.https {
        certificate_file::check_certificate_file(path)?;
    }
    let sim = Sim::bind(options).await.map_err(told_by_flag)?;
    if let (Some(path), Some(pem)) = (&args.https, sim.ca_pem()) {
        certificate_file::write_certificate(path, pem)?;
    }
    begin(&sim, &args, scenario).map_err(io::Error::other)?;
    if let Some(chance) = args.fault_chance {
        go_wrong(sim.world(), chance, args.seed);
    }
    let world = sim.world().describe().map_err(io::Error::other)?;
    let sim = sim.serve();
    let text = match args.output {
        Output::Json => world.to_string(),
        Output::Text => introduction::introduce(&world, args.https.as_deref(), sim.is_resumed()),
    };
    writeln!(io::stdout(), "{text}")?;
    io::stdout().flush()?;
    tokio::select! {
        () = end.comes() => {}
        () = tell_failures(&sim) => {}
    }
    sim.stop().await
}

/// `user:password`, from its file.
fn login(path: &Path) -> io::Result<String> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| io::Error::new(e.kind(), format!("cannot read {}: {e}", path.display())))?;
    let line = text.lines().next().unwrap_or_default();
    match line.split_once(':') {
        Some((user, _)) if !user.is_empty() => Ok(line.to_owned()),
        _ => Err(io::Error::other(format!(
            "{} does not hold USER:PASSWORD",
            path.display()
        ))),
    }
}

/// What to do about a port that cannot be had.
fn told_by_flag(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::AddrInUse => io::Error::other(format!(
            "{error}; choose other ports with --port-base, or another port for this service (see --help)"
        )),
        _ => error,
    }
}

/// Fills a new world; an existing one in its folder is resumed, with the flags and the scenario's settings of every run.
fn begin(sim: &Bound, args: &Args, scenario: Option<Scenario>) -> Result<(), ScenarioError> {
    let world = sim.world();
    if sim.is_resumed() {
        if args.azurite_account {
            world.ensure_account(&AccountSeed::azurite());
        }
        if args.versioning {
            for name in world.account_names() {
                // The names are those of accounts that are there.
                let _ = world.set_versioning(&name, true);
            }
        }
    } else if !scenario.as_ref().is_some_and(Scenario::has_tenants) {
        seed(world);
    }
    scenario.map_or(Ok(()), |scenario| sim.play(scenario))
}

/// Ctrl-C, or a request to end.
struct End {
    interrupt: Signal,
    terminate: Signal,
}

impl End {
    /// From now on neither kills the process.
    fn expected() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn comes(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Reports on standard error when the world can no longer be saved, and why; never ends.
async fn tell_failures(sim: &Sim) {
    let mut failure = sim.save_failure();
    while let Some(failure) = &mut failure {
        if failure.changed().await.is_err() {
            break;
        }
        let text = match &*failure.borrow_and_update() {
            Some(why) => format!("the world cannot be saved: {why}"),
            None => "the world is saved again".to_owned(),
        };
        // If standard error is closed, the error cannot be reported.
        let _unheard = writeln!(io::stderr(), "coldkeep-sim: {text}");
    }
    std::future::pending().await
}

fn options(args: &Args) -> Options {
    let nth = |n: u16, own: Option<u16>| own.or_else(|| args.port_base?.checked_add(n)).unwrap_or(0);
    let mut sign_in = match args.security_defaults {
        true => SignInRules::security_defaults(),
        false => SignInRules::default(),
    };
    if args.mfa_for_writes {
        sign_in.mfa = Mfa::ResourceManagerWrites;
    }
    let mut options = Options {
        sign_in,
        ports: Ports {
            login: nth(0, args.login_port),
            graph: nth(1, args.graph_port),
            resource_manager: nth(2, args.resource_manager_port),
            blob: nth(3, args.blob_port),
            control: nth(4, args.control_port),
            proxy: nth(5, args.proxy_port),
        },
        rbac: !args.no_rbac,
        replication_lag_s: args.replication_lag,
        latency_ms: args.latency,
        tls: args.https.is_some(),
        name_order: NameOrder::of(&args.name_order).unwrap_or_default(),
        client_address: args.client_address,
        data: args.data.clone(),
        ..Options::default()
    };
    if args.azurite_account {
        options = options.with_azurite_account();
    }
    if args.no_request_log {
        options.log_capacity = 0;
    }
    let subscriptions = options.tenants.iter_mut().flat_map(|t| &mut t.subscriptions);
    for account in subscriptions.flat_map(|s| &mut s.accounts) {
        account.versioning = args.versioning;
    }
    options
}

/// Something to copy, and somewhere to copy and restore it to.
fn seed(world: &World) {
    let source = world.blobs_in("northsource", "backups");
    source.fill((0..25).map(|n| (format!("m365/mailbox-{n:02}.dat"), vec![b'a' + n; 4096].into())));
    for container in ["vault", "restored"] {
        world
            .blobs
            .create_container("northtarget", container, world.now());
    }
}

/// Shares the chance between the ways in which requests go wrong.
fn go_wrong(world: &World, chance: f64, seed: u64) {
    let busy = Action::Status {
        status: 503,
        code: None,
        retry_after_s: Some(1),
    };
    for action in [busy, Action::Drop, Action::LoseReply] {
        world
            .faults()
            .add(Fault::new(action).by_chance(chance / 3.0, seed));
    }
}
