//! The command line: the only place that knows clap, and the only one that
//! prints.
//!
//! Data goes to stdout; progress, logs and errors go to stderr. Exit codes: 0
//! all succeeded, 1 some fits failed or the report is partial, 2 a mistake in
//! the job or a failure of the fabric, 130 interrupted.

/// Says something on stderr. The standard macro of this name panics when
/// nobody reads there, and the exit code would be lost with it.
macro_rules! eprintln {
    ($($said:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr().lock(), $($said)*);
    }};
}

mod catalogue;
mod data;
mod exchange;
mod fabric;
mod follow;
mod init;
mod internal;
mod model;
mod node;
mod task;
mod tune;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum};
use pleat_core::report::Report;

use crate::store::Store;

/// Cross-validation and hyperparameter search as sandboxed WebAssembly tasks.
///
/// A job file names the data, an estimator, what to search and how to split.
/// `pleat tune` runs it: in this process, or on the nodes around a NATS server.
#[derive(Parser)]
#[command(name = "pleat", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 all succeeded; 1 some fits failed, or the report is partial; \
    2 a mistake in the job, or the fabric failed; 130 interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    // What these two say of themselves is longer, and stands with their flags.
    Tune(tune::Args),
    Node(node::Args),
    // As do these.
    Fit(model::FitArgs),
    Predict(model::PredictArgs),
    Evaluate(model::EvaluateArgs),
    Inspect(model::InspectArgs),
    Export(exchange::ExportArgs),
    Import(exchange::ImportArgs),
    Init(init::Args),
    /// Send a job to the fabric and print its id.
    Submit(fabric::SubmitArgs),
    /// Follow a job until it ends, then print its report. Ctrl-C detaches.
    Watch(fabric::WatchArgs),
    /// Say how far a job is.
    Status(fabric::StatusArgs),
    /// Print the report of a job that has ended.
    Report(fabric::WatchArgs),
    /// Stop a job; what is finished is reduced to a partial report.
    Cancel(fabric::JobArgs),
    /// List the jobs of the fabric.
    Jobs(fabric::ListArgs),
    /// List the nodes of the fabric.
    Nodes(fabric::ListArgs),
    /// List all that a job can name: splitters, scorers, steps, estimators.
    Catalogue(catalogue::Args),
    /// Look at estimators.
    #[command(subcommand)]
    Task(task::TaskCommand),
    /// Look at data before it is learned from.
    #[command(subcommand)]
    Data(data::DataCommand),
    #[command(hide = true)]
    Slot,
    #[command(hide = true)]
    Compile,
    #[command(hide = true)]
    Read,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// A ranking for people.
    Table,
    /// One document with everything in it.
    Json,
    /// `cv_results`, a row a candidate.
    Csv,
}

/// Where the NATS server is.
#[derive(Debug, clap::Args)]
struct NatsArgs {
    /// The NATS server, such as nats://localhost:4222.
    #[arg(long, env = "PLEAT_NATS", value_name = "URL")]
    nats: String,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    // Slots, compilers and readers speak over their pipes only.
    match cli.command {
        Command::Slot => return internal::slot(),
        Command::Compile => return internal::compile(),
        Command::Read => return internal::read(),
        _ => {}
    }
    // A node's log is its face; other commands speak when something is wrong.
    start_logging(if matches!(cli.command, Command::Node(_)) {
        "pleat=info"
    } else {
        "pleat=warn"
    });
    match run(cli.command) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("error: {}", sentence(&e));
            ExitCode::from(2)
        }
    }
}

/// A failure and what is behind it, as far as that says anything new.
fn sentence(failure: &anyhow::Error) -> String {
    let mut said = failure.to_string();
    for cause in failure.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let ended = runtime.block_on(async {
        match command {
            Command::Tune(args) => tune::run(args).await,
            Command::Node(args) => node::run(args).await,
            Command::Fit(args) => model::fit(args).await,
            Command::Predict(args) => model::predict(args).await,
            Command::Evaluate(args) => model::evaluate(args).await,
            Command::Inspect(args) => model::inspect(&args),
            Command::Export(args) => exchange::export(args).await,
            Command::Import(args) => exchange::import(args).await,
            Command::Init(args) => init::run(&args),
            Command::Submit(args) => fabric::submit(args).await,
            Command::Watch(args) => fabric::watch(args).await,
            Command::Status(args) => fabric::status(args).await,
            Command::Report(args) => fabric::report(args).await,
            Command::Cancel(args) => fabric::cancel(args).await,
            Command::Jobs(args) => fabric::jobs(args).await,
            Command::Nodes(args) => fabric::nodes(args).await,
            Command::Catalogue(args) => catalogue::run(args).await,
            Command::Task(command) => task::run(command).await,
            Command::Data(command) => data::run(command),
            Command::Slot | Command::Compile | Command::Read => Ok(ExitCode::SUCCESS),
        }
    });
    // What still runs in the background has nothing to say any more.
    runtime.shutdown_background();
    ended
}

fn start_logging(default: &str) {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_from_env("PLEAT_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        // It would panic where nobody reads stderr.
        .log_internal_errors(false)
        .init();
}

/// The program itself, for its children.
fn exe() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program cannot find itself")
}

fn open_store() -> anyhow::Result<Store> {
    Store::open(&Store::default_dir(), &exe()?)
        .context("the cache cannot be used (PLEAT_CACHE names another folder)")
}

fn default_slots() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Something that tells nodes and coordinators of one machine apart.
fn unique_name() -> String {
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let host: String = host
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    format!("{host}-{}", std::process::id())
}

fn print_report(report: &Report, output: Output) -> anyhow::Result<()> {
    let text = match output {
        Output::Table => crate::report::table(report),
        Output::Json => crate::report::json(report),
        Output::Csv => crate::report::csv(report)?,
    };
    write_out(&text)
}

/// Writes data to stdout. A reader that has seen enough is not an error.
fn write_out(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e).context("stdout"),
        _ => Ok(()),
    }
}

fn exit_of(report: &Report) -> ExitCode {
    ExitCode::from(u8::from(!report.all_succeeded()))
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn nothing_is_said_twice() {
        let refused = || std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let told =
            Err::<(), _>(refused()).with_context(|| format!("nobody answers: {}", refused()));
        assert_eq!(
            super::sentence(&told.unwrap_err()),
            format!("nobody answers: {}", refused())
        );
        let told = Err::<(), _>(refused()).context("nobody answers");
        assert_eq!(
            super::sentence(&told.unwrap_err()),
            format!("nobody answers: {}", refused())
        );
    }
}
