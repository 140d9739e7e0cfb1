//! `pleat export` and `pleat import`: models for other programs, and of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use bytesize::ByteSize;
use pleat_core::data::{Frame, FrameColumn, Label};
use pleat_core::digest::Digest;
use pleat_core::estimator::{EstimatorInfo, Kind};
use pleat_core::model::{Learned, ModelHeader, SavedModel};
use pleat_core::params::unknown;
use pleat_core::pipeline::{FitOn, Pipeline};
use pleat_core::task::Params;
use serde_json::Value as Json;

use super::{open_store, write_out};
use crate::builtin;
use crate::bundle::{self, Bundle};
use crate::slot::exchange::{Exchange, Exchanged, Into};
use crate::slot::process::SlotProcess;

/// Write a model in another program's format.
///
/// The model must not have steps before its estimator, for the other program
/// would not know them. `pleat catalogue` says which formats an estimator
/// knows.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  pleat export model.pleat --format xgboost-json -o model.json")]
pub(super) struct ExportArgs {
    /// The model, as `pleat fit` wrote it.
    model: PathBuf,
    /// The other program's format.
    #[arg(long)]
    format: String,
    /// Write to this file instead of printing.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Memory the model may use.
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    memory: ByteSize,
}

/// Make a model of another program's, for `pleat predict` and `evaluate`.
///
/// Columns are called as the other program's file says, or as --columns does,
/// in the order of its features.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  pleat import model.json --format xgboost-json \\\n    \
    --estimator HistGradientBoostingClassifier --target churn -o model.pleat"
)]
pub(super) struct ImportArgs {
    /// The other program's model.
    file: PathBuf,
    /// Its format.
    #[arg(long)]
    format: String,
    /// The estimator it becomes.
    #[arg(long)]
    estimator: String,
    /// The file to write.
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// The column it predicts, for `pleat evaluate`.
    #[arg(long)]
    target: Option<String>,
    /// The names of its features, in order.
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    columns: Option<Vec<String>>,
    /// What its classes are called, in order [default: 0, 1, ...].
    #[arg(long, value_delimiter = ',', value_name = "LABEL,...")]
    labels: Option<Vec<String>>,
    /// Memory the model may use.
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    memory: ByteSize,
}

pub(super) async fn export(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let bundle = Bundle::read(&args.model)?;
    let header = &bundle.model.header;
    if !header.pipeline.is_empty() {
        bail!(
            "{} has steps before its estimator, which {} has no place for: fit one without a pipeline",
            args.model.display(),
            args.format
        );
    }
    let request = Exchange {
        file: String::new(),
        format: args.format,
        memory: args.memory.as_u64(),
        into: None,
    };
    let (component, code) = (header.component, &bundle.component);
    let (bytes, _) = ask(component, code, &bundle.model_bytes, request).await?;
    match &args.out {
        Some(path) => std::fs::write(path, bytes)
            .with_context(|| format!("{} cannot be written", path.display()))?,
        None => write_out(&String::from_utf8(bytes).context("give a file with --out")?)?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn import(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let shown = args.file.display().to_string();
    let file = std::fs::read(&args.file).with_context(|| shown.clone())?;
    let store = open_store()?;
    let catalogue = builtin::catalogue(&store).await?;
    let (component, estimator) = catalogue
        .find(&args.estimator)
        .map_err(anyhow::Error::msg)?;
    if !estimator.formats.contains(&args.format) {
        let known: Vec<&str> = estimator.formats.iter().map(|f| &f[..]).collect();
        bail!(
            "--format: {}",
            unknown(
                &format!("format of {}", estimator.name),
                &args.format,
                &known
            )
        );
    }
    let code = builtin::component(&component).context("the component is not built in")?;
    let request = Exchange {
        file: String::new(),
        format: args.format.clone(),
        memory: args.memory.as_u64(),
        into: Some(Into {
            component,
            estimator: estimator.name.clone(),
        }),
    };
    let (bytes, exchanged) = ask(component, code, &file, request)
        .await
        .with_context(|| shown.clone())?;
    let header = header(&args, component, estimator, &exchanged, &file).with_context(|| shown)?;
    let model = SavedModel { header, bytes }.encode();
    let name = args.file.file_stem().unwrap_or_default().to_string_lossy();
    let packed = bundle::pack_import(&name, &model, code)?;
    std::fs::write(&args.out, packed)
        .with_context(|| format!("{} cannot be written", args.out.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Lets a slot do it: a model's bytes are a stranger's.
async fn ask(
    component: Digest,
    wasm: &[u8],
    file: &[u8],
    request: Exchange,
) -> anyhow::Result<(Vec<u8>, Exchanged)> {
    let store = open_store()?;
    let code = store.code(&component, wasm).await?;
    let file = store.put_blob(file)?.1;
    let mut slot = SlotProcess::start(&super::exe()?)?;
    slot.open(&BTreeMap::from([(component, code)]), None)
        .await??;
    let answer = slot
        .exchange(Exchange {
            file: file.display().to_string(),
            ..request
        })
        .await??;
    slot.kill().await;
    Ok(answer)
}

fn header(
    args: &ImportArgs,
    component: Digest,
    estimator: &EstimatorInfo,
    exchanged: &Exchanged,
    file: &[u8],
) -> anyhow::Result<ModelHeader> {
    let mut learned: Learned = serde_json::from_slice(&exchanged.learned)?;
    let features = learned.attributes.get("n_features_in_");
    let features = features
        .and_then(Json::as_f64)
        .context("the model does not say how many features it takes")? as usize;
    let names = match &args.columns {
        Some(names) => names.clone(),
        None => named(file).unwrap_or_else(|| (0..features).map(|i| format!("f{i}")).collect()),
    };
    if names.len() != features {
        bail!(
            "--columns: {} names are given, and the model takes {features} features",
            names.len()
        );
    }
    let classes = exchanged.classes.len();
    let labels = match (&args.labels, estimator.kind) {
        (Some(labels), Kind::Classifier) => labels
            .iter()
            .map(|l| {
                l.parse()
                    .map_or_else(|_| Label::Text(l.clone()), Label::Int)
            })
            .collect(),
        (Some(_), kind) => bail!("--labels: a {} has none", kind.as_str()),
        (None, Kind::Classifier) => (0..).take(classes).map(Label::Int).collect(),
        (None, _) => Vec::new(),
    };
    if labels.len() != classes {
        bail!(
            "--labels: {} labels are given, and the model knows {classes} classes",
            labels.len()
        );
    }
    learned.features.clone_from(&names);
    let columns: Vec<FrameColumn> = names
        .into_iter()
        .map(|name| FrameColumn::numeric(name, Vec::new()))
        .collect();
    let frame = Frame::new(0, columns).context("the columns make no table")?;
    let no_steps = Pipeline::default().fit_transform(&frame, &FitOn::rows(&[]));
    Ok(ModelHeader {
        job: None,
        candidate: Params::new(),
        component,
        estimator: estimator.name.clone(),
        kind: estimator.kind,
        probabilities: estimator.probabilities,
        decision: estimator.decision,
        target: args.target.clone(),
        columns: ModelHeader::columns_of(&frame),
        pipeline: no_steps?.0,
        categories: Vec::new(),
        labels,
        classes: exchanged.classes.clone(),
        rows: 0,
        learned,
    })
}

/// The features' names, where the other program's file has them.
fn named(file: &[u8]) -> Option<Vec<String>> {
    let document: Json = serde_json::from_slice(file).ok()?;
    let names = document["learner"]["feature_names"].as_array()?;
    let names: Option<Vec<String>> = names
        .iter()
        .map(|n| n.as_str().map(str::to_owned))
        .collect();
    names.filter(|names| !names.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_called_as_the_file_says_or_not_at_all() {
        let of = |json: &str| named(json.as_bytes());
        let names = of(r#"{"learner": {"feature_names": ["a", "b"]}}"#);
        assert_eq!(names, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(of(r#"{"learner": {"feature_names": []}}"#), None);
        assert_eq!(of(r#"{"learner": {}}"#), None);
        assert_eq!(of("no document"), None);
    }
}
