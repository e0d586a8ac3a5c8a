//! The composition root: reads the command line, builds the services, starts what was asked, stops in order.

mod verification;

use std::{net::SocketAddr, path::Path, process::ExitCode, sync::Arc};

use axum::Router;
use tenantry::app::ssr;
use tenantry_cli::{
    Cli, Command, Exit, Given, Installation, ServeArgs, config::LineError, db, operate, verify::VerifyCommand,
};
use tenantry_domain::{dispatch::worker, mail, metering::upkeep, ops::demo, webhooks::endpoints};
use tenantry_http::{App, layers, router, server, site::Site};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// A request is many small pieces that one thread makes and another drops.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A page that streams while it renders needs threads beside the one that it waits on.
const LEAST_THREADS: usize = 4;

#[expect(clippy::print_stderr, reason = "what is wrong with the command line decides how there is a log")]
fn main() -> ExitCode {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(LineError::Line(error)) => error.exit(),
        Err(error) => {
            eprintln!("error: {error}");
            return Exit::Misused.into();
        }
    };
    tenantry_cli::log::start(&cli.command, &cli.given);
    let threads = std::thread::available_parallelism().map_or(LEAST_THREADS, usize::from).max(LEAST_THREADS);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let outcome = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(run(cli)));
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            tracing::error!("{failure}");
            failure.exit().into()
        }
    }
}

/// Why the program ends before it was asked to.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Installation(#[from] tenantry_cli::InstallationError),
    #[error(transparent)]
    Db(#[from] db::DbError),
    #[error(transparent)]
    Operate(#[from] operate::OperateError),
    #[error(transparent)]
    Misused(#[from] tenantry_cli::serve::ServeError),
    #[error("nothing was verified: {0}")]
    Verify(#[from] verification::Failure),
    #[error("the demo could not be made: {0}")]
    Demo(#[from] demo::DemoError),
    #[error("{0}")]
    Process(#[from] std::io::Error),
}

impl Failure {
    fn exit(&self) -> Exit {
        match self {
            Self::Misused(_) => Exit::Misused,
            Self::Operate(error) => error.exit(),
            _ => Exit::Failed,
        }
    }
}

async fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.command {
        Command::Serve(args) => serve(&cli.data_dir, &cli.given, args).await?,
        Command::Db(command) => db::obey(command, &cli.data_dir, &cli.given).await?,
        Command::Verify(VerifyCommand::Isolation) => {
            return Ok(verification::isolation(&cli.data_dir, &cli.given, cli.json, stop_on_signal()?).await?);
        }
        Command::Operate(command) => operate::obey(command, &cli.data_dir, &cli.given, cli.json).await?,
    }
    Ok(Exit::Done)
}

async fn serve(data_dir: &Path, given: &Given, args: ServeArgs) -> Result<(), Failure> {
    given.warn_of_unknown();
    let listener = match args.address() {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let noted = Installation::noted_url(data_dir)?;
    let settings = match &listener {
        Some(listener) if args.answers() => args.settings(listener.local_addr()?)?,
        _ => args.worker_settings(noted.clone())?,
    };
    let installation = Installation::open(data_dir, args.secret.as_deref(), args.database_url.as_deref()).await?;
    if args.answers() || noted.is_none() {
        installation.note(data_dir, &settings, args.dev)?;
    }
    let services = installation.services(settings);
    let app = App::new(services.clone(), if args.answers() { load_site()? } else { Arc::new(Site::empty()) });

    let stop = stop_on_signal()?;
    let working = args.works().then(|| {
        let mailing = tokio::spawn(mail::worker::run(services.clone(), stop.clone()));
        let keeping = tokio::spawn(upkeep::run(services.clone(), stop.clone()));
        let telling = tokio::spawn(endpoints::worker::run(services.clone(), stop.clone()));
        (tokio::spawn(worker::run(services.clone(), stop.clone())), mailing, keeping, telling)
    });
    let bound = listener.as_ref().map(TcpListener::local_addr).transpose()?;
    let serving = listener.map(|listener| tokio::spawn(server::serve(listener, routes(&app, &args), stop.clone())));
    if args.demo {
        demo::make(&services).await?;
    }
    announce(&services, &args, bound).await;

    let served = match serving {
        Some(serving) => serving.await.map_err(std::io::Error::other),
        None => {
            stop.cancelled().await;
            Ok(())
        }
    };
    stop.cancel();
    if let Some((working, mailing, keeping, telling)) = working {
        // One that panicked has logged it; what it had waits for its lease to end.
        let _ = tokio::join!(working, mailing, keeping, telling);
    }
    services.allowances.settle_all(&services).await;
    services.hooks.settle_all(&services).await;
    services.bandwidth.settle_all(&services).await;
    services.db.close().await;
    installation.close().await;
    Ok(served?)
}

/// What it answers: everything, or how it is.
fn routes(app: &App, args: &ServeArgs) -> Router {
    let routes = if args.answers() {
        router::api(app).merge(app.site.clone().router()).merge(ssr::router(app.clone()))
    } else {
        router::vital(app)
    };
    layers::around(routes, app)
}

/// Loads the site; without one the server still answers programs.
fn load_site() -> Result<Arc<Site>, std::io::Error> {
    let site = Site::load(&std::env::current_exe()?).unwrap_or_else(|error| {
        tracing::error!(%error, "There is no site, so pages have no style and no script.");
        Site::empty()
    });
    Ok(Arc::new(site))
}

/// A token that SIGINT and SIGTERM cancel.
fn stop_on_signal() -> Result<CancellationToken, std::io::Error> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tracing::info!("Stopping.");
        token.cancel();
    });
    Ok(stop)
}

/// Says where it is, on standard output; with a demo also how to get in.
#[expect(clippy::print_stdout, reason = "what was asked for is the server, and this is where it is")]
async fn announce(services: &tenantry_domain::Services, args: &ServeArgs, bound: Option<SocketAddr>) {
    let url = services.settings.link("");
    if !args.answers() {
        println!("Tenantry works for {url}");
        if let Some(address) = bound {
            println!("Tenantry says how it is at http://{address}");
        }
        return;
    }
    println!("Tenantry is ready at {url}");
    if args.demo {
        match demo::way_in(services).await {
            Ok(way) => println!("{way}"),
            Err(error) => tracing::warn!(%error, "The demo's sign-in does not work any more."),
        }
    }
}
