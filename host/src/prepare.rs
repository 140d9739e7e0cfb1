//! From a job document to a job that can be submitted: reads the data and the
//! component it names, and checks one against the other.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use pleat_core::data::Table;
use pleat_core::digest::{Digest, JobId};
use pleat_core::estimator::{Catalogue, ComponentInfo};
use pleat_core::job::{Job, JobSpec, Offers, SpecError};

use crate::broker::{self, Broker, RecordKind, Won};
use crate::data::read_csv;
use crate::store::{CodeError, Store};

/// A checked job with what it refers to.
#[derive(Debug)]
pub struct Prepared {
    /// The job.
    pub job: Job,
    /// The table, encoded; its digest is the job's data.
    pub table: Bytes,
    /// The components it names that are not built-in ones.
    pub components: Vec<Bytes>,
}

/// Why a document does not become a job.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The document is at fault.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// This machine is.
    #[error(transparent)]
    Code(CodeError),
    /// The broker is.
    #[error(transparent)]
    Broker(#[from] broker::Error),
}

/// Where a document's references may point.
pub enum References<'a, B: Broker> {
    /// To files, relative to this folder.
    Files(&'a Path),
    /// To blobs in the fabric; never to files of the machine that reads it.
    Blobs(&'a B),
}

/// Reads a job file.
///
/// # Errors
/// It cannot be read or is no job document.
pub fn read_spec(path: &Path) -> Result<JobSpec, SpecError> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| SpecError::new("", format!("{}: {e}", path.display())))?;
    let mut spec = JobSpec::from_file_text(path, &text)?;
    if spec.name.is_none() {
        spec.name = path.file_stem().map(|s| s.to_string_lossy().into_owned());
    }
    Ok(spec)
}

/// Checks a document and gathers what it names.
///
/// # Errors
/// The first mistake found, or what stood in the way of looking for one.
pub async fn prepare<B: Broker>(
    spec: &JobSpec,
    references: &References<'_, B>,
    store: &Store,
) -> Result<Prepared, PrepareError> {
    let (offers, components) = components(spec, references, store).await?;
    // Before the data is read: a misspelt name should not take a minute to
    // be found.
    spec.check_names(&offers)?;
    let (table, bytes) = table(spec, references).await?;
    let job = Job::check(spec, &offers, &table, Digest::of(&bytes))?;
    Ok(Prepared {
        job,
        table: bytes,
        components,
    })
}

async fn table<B: Broker>(
    spec: &JobSpec,
    references: &References<'_, B>,
) -> Result<(Table, Bytes), PrepareError> {
    let csv =
        |field: &str, from: &[u8]| read_csv(from).map_err(|e| SpecError::new(field, e.to_string()));
    let table = match (&spec.data.path, &spec.data.csv, &spec.data.blob) {
        (Some(path), None, None) => {
            let bytes = file("data.path", path, references).await?;
            csv(&format!("data.path \"{path}\""), &bytes)?
        }
        (None, Some(text), None) => csv("data.csv", text.as_bytes())?,
        (None, None, Some(digest)) => {
            let bytes = match references {
                References::Blobs(broker) => broker.blob(digest).await?,
                References::Files(_) => None,
            };
            let bytes = bytes.ok_or_else(|| {
                SpecError::new("data.blob", format!("the fabric has no blob {digest}"))
            })?;
            match Table::decode(&bytes) {
                Ok(table) => return Ok((table, bytes)),
                Err(_) => csv("data.blob", &bytes)?,
            }
        }
        _ => {
            let message = "the data comes from exactly one of path, csv and blob";
            return Err(SpecError::new("data", message).into());
        }
    };
    let bytes = Bytes::from(table.encode());
    Ok((table, bytes))
}

async fn file<B: Broker>(
    field: &str,
    path: &str,
    references: &References<'_, B>,
) -> Result<Vec<u8>, SpecError> {
    let References::Files(base) = references else {
        return Err(SpecError::new(
            field,
            format!(
                "\"{path}\" is a file, and a job sent to the fabric cannot name files: send it as csv or as a blob"
            ),
        ));
    };
    let full: PathBuf = base.join(path);
    tokio::fs::read(&full)
        .await
        .map_err(|e| SpecError::new(field, format!("\"{}\" cannot be read: {e}", full.display())))
}

/// The estimators a document may choose from: the built-in ones, and those of
/// the components it names.
async fn components<B: Broker>(
    spec: &JobSpec,
    references: &References<'_, B>,
    store: &Store,
) -> Result<(Offers, Vec<Bytes>), PrepareError> {
    let mut offers = Offers {
        builtin: crate::builtin::catalogue(store)
            .await
            .map_err(PrepareError::Code)?,
        ..Offers::default()
    };
    let mut components = Vec::new();
    for named in spec.components() {
        let bytes = match (named.parse::<Digest>(), references) {
            (Ok(digest), References::Blobs(broker)) => {
                broker.blob(&digest).await?.ok_or_else(|| {
                    SpecError::new("component", format!("the fabric has no blob {digest}"))
                })?
            }
            _ => Bytes::from(file("component", named, references).await?),
        };
        let digest = Digest::of(&bytes);
        let estimators = match store.describe(&digest, &bytes).await {
            Ok(estimators) => estimators,
            Err(CodeError::Component(failure)) => {
                return Err(SpecError::new(
                    "component",
                    format!("\"{named}\": {}", failure.message),
                )
                .into());
            }
            Err(e) => return Err(PrepareError::Code(e)),
        };
        let info = ComponentInfo {
            name: named.clone(),
            digest,
            estimators,
        };
        let catalogue = Catalogue {
            components: vec![info],
        };
        offers.own.insert(named.clone(), catalogue);
        components.push(bytes);
    }
    Ok((offers, components))
}

/// Submits a job: blobs first, then the record that names them. Submitting the
/// same job under the same id again changes nothing.
///
/// # Errors
/// The broker failed, or the id is taken by another job.
pub async fn submit<B: Broker>(
    broker: &B,
    id: &JobId,
    prepared: &Prepared,
) -> Result<(), PrepareError> {
    broker.put_blob(prepared.table.clone()).await?;
    // Built-in components too: nodes of another build have others built in.
    for digest in prepared.job.components() {
        let builtin = crate::builtin::component(&digest).map(Bytes::from_static);
        let own = prepared.components.iter().find(|b| Digest::of(b) == digest);
        if let Some(component) = builtin.or_else(|| own.cloned()) {
            broker.put_blob(component).await?;
        }
    }
    broker.open_lane(prepared.job.lane()).await?;
    let record = Bytes::from(prepared.job.encode());
    match broker
        .put_record(id, RecordKind::Spec, record.clone(), None)
        .await?
    {
        Won::Yes(_) => Ok(()),
        Won::No => match broker.record(id, RecordKind::Spec).await? {
            Some(there) if there.bytes == record => Ok(()),
            _ => Err(SpecError::new(
                "id",
                format!("\"{id}\" is taken by another job: choose another id"),
            )
            .into()),
        },
    }
}

/// An id for a job of this name: readable, and not given twice.
#[must_use]
pub fn new_id(name: &str) -> Option<JobId> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let seed = format!("{}-{}-{count}", now.as_nanos(), std::process::id());
    let mut slug: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    if slug.is_empty() {
        slug.push_str("job");
    }
    format!("{slug}-{}", &Digest::of(seed.as_bytes()).hex()[..10])
        .parse()
        .ok()
}
