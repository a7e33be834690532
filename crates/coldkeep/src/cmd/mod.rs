//! What each command does: asks the server, prints the answer.

pub mod certificate;
pub mod cloud;
mod codes;
pub mod doctor;
pub mod job;
mod made;
mod patience;
mod plan_digest;
pub mod point;
pub mod reference;
pub mod repository;
pub mod restore;
pub mod run;
pub mod serve;
pub mod service_account;
pub mod settings;
mod sign_in;
mod view;

use crate::{
    cli::{Cli, Global, Noun},
    demo,
    failure::Outcome,
    print::Out,
    session::Session,
};
use coldkeep_api::Client;
use coldkeep_core::{Code, Problem};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What every command is handed.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub client: &'a Client,
    pub global: &'a Global,
    pub out: &'a Out,
}

/// Runs one command line.
pub async fn run(cli: Cli, out: &Out) -> Outcome {
    let Cli { global, noun } = cli;
    match noun {
        Noun::Demo(args) => return demo::run(args, &global, out).await,
        Noun::Serve(args) => return serve::run(args, &global, out).await,
        Noun::Codes => return codes::print(out),
        Noun::Reference { page } => return reference::print(page, out),
        _ => {}
    }
    let session = Session::open(&global).await?;
    let mut interrupts = Interrupts::listen();
    let (outcome, stopped) = {
        let context = Context {
            client: session.client(),
            global: &global,
            out,
        };
        tokio::select! {
            outcome = Box::pin(dispatch(noun, context)) => (outcome, false),
            () = interrupts.next() => {
                let problem = Problem::new(Code::RunStopped, "Stopped by Ctrl-C", after_stop(&session));
                (Err(problem.into()), true)
            }
        }
    };
    if stopped && session.is_own() {
        out.remark("Waiting for pending work to finish; press Ctrl-C again to stop immediately.");
    }
    tokio::select! {
        closed = session.close() => closed?,
        () = interrupts.next() => {}
    }
    outcome
}

fn after_stop(session: &Session) -> &'static str {
    if session.is_own() {
        "Pending work is finished; anything left is resumed by the next run."
    } else {
        "The run continues in the server; `coldkeep run list` shows it."
    }
}

/// Ctrl-C, listened to once for a whole command: a second one that comes while the first is being dealt with must
/// not fall between two listeners.
struct Interrupts(Option<Signal>);

impl Interrupts {
    fn listen() -> Self {
        Self(signal(SignalKind::interrupt()).ok())
    }

    /// The next Ctrl-C; never, where none can be listened to.
    async fn next(&mut self) {
        let came = match &mut self.0 {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if came.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

async fn dispatch(noun: Noun, context: Context<'_>) -> Outcome {
    match noun {
        Noun::Cloud(verb) => cloud::run(verb, context).await,
        Noun::Certificate(verb) => certificate::run(verb, context).await,
        Noun::ServiceAccount(verb) => service_account::run(verb, context).await,
        Noun::Repository(verb) => repository::run(verb, context).await,
        Noun::Job(verb) => job::run(verb, context).await,
        Noun::Run(verb) => run::run(verb, context).await,
        Noun::Point(verb) => point::run(verb, context).await,
        Noun::Doctor(args) => doctor::run(args, context).await,
        Noun::Restore(args) => restore::run(args, context).await,
        Noun::Settings(verb) => settings::run(verb, context).await,
        // These have no session.
        Noun::Demo(_) | Noun::Serve(_) | Noun::Codes | Noun::Reference { .. } => {
            Err(Problem::internal("The command line is not valid").into())
        }
    }
}
