//! From a job document to a job that can be submitted: reads the data and the
//! component it names, and checks one against the other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use pleat_core::data::{Arranged, Finding, Table, findings};
use pleat_core::digest::{Digest, JobId};
use pleat_core::estimator::{Catalogue, ComponentInfo};
use pleat_core::job::{DataSpec, Job, JobSpec, Offers, SpecError};
use pleat_core::params::unknown;

use crate::broker::{self, Broker, RecordKind, Won};
use crate::data::{self, Encoded, Limit, ReadError, Source};
use crate::store::{CodeError, Store, StoreError};

/// A checked job with what it refers to.
#[derive(Debug)]
pub struct Prepared {
    /// The job.
    pub job: Job,
    /// The table, encoded, mapped from its file; its digest is the job's data.
    pub table: Bytes,
    /// The components it names that are not built-in ones.
    pub components: Vec<Bytes>,
    /// What should be known about the data.
    pub findings: Vec<Finding>,
}

/// Is told how much of the data was read, and how much there is.
pub type Told = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// What a data section comes to.
struct Data {
    table: Table,
    bytes: Bytes,
    digest: Digest,
    findings: Vec<Finding>,
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
    /// Its disk is.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    prepare_telling(spec, references, store, Arc::new(|_, _| {})).await
}

/// As [`prepare`], telling how far reading the data is.
///
/// # Errors
/// The first mistake found, or what stood in the way of looking for one.
pub async fn prepare_telling<B: Broker>(
    spec: &JobSpec,
    references: &References<'_, B>,
    store: &Store,
    told: Told,
) -> Result<Prepared, PrepareError> {
    let (offers, components) = components(spec, references, store).await?;
    // Before the data is read: a misspelt name should not take a minute to
    // be found.
    spec.check_names(&offers)?;
    let data = table(spec, references, store, told).await?;
    let job = Job::check(spec, &offers, &data.table, data.digest)?;
    Ok(Prepared {
        job,
        table: data.bytes,
        components,
        findings: data.findings,
    })
}

async fn table<B: Broker>(
    spec: &JobSpec,
    references: &References<'_, B>,
    store: &Store,
    told: Told,
) -> Result<Data, PrepareError> {
    let (field, source) = source(&spec.data, references).await?;
    let work = Reading {
        field,
        source,
        spec: spec.data.clone(),
        target: spec.target.clone(),
        scratch: store.scratch(),
        exe: store.exe().to_owned(),
    };
    let read = tokio::task::spawn_blocking(move || work.run(&told)).await;
    // Whatever a stranger's bytes do to a reader is an answer about them.
    let (encoded, findings) =
        read.map_err(|_| SpecError::new("data", "the data is damaged: its reader gave up"))??;
    let Encoded {
        table,
        bytes,
        digest,
        file,
    } = encoded;
    if let Some(file) = file {
        store.adopt(file, &digest)?;
    }
    Ok(Data {
        table,
        bytes,
        digest,
        findings,
    })
}

/// Where the data section points, and which field of it.
async fn source<B: Broker>(
    data: &DataSpec,
    references: &References<'_, B>,
) -> Result<(String, Source), PrepareError> {
    match (&data.path, &data.csv, &data.blob) {
        (Some(path), None, None) => {
            let full = full_path("data.path", path, references)?;
            let source = Source::file(&full).map_err(|e| unreadable("data.path", &full, &e))?;
            Ok((format!("data.path \"{path}\""), source))
        }
        (None, Some(text), None) => {
            let text = Bytes::from(text.clone());
            Ok(("data.csv".to_owned(), Source::Text(text)))
        }
        (None, None, Some(digest)) => {
            let bytes = match references {
                References::Blobs(broker) => broker.blob(digest).await?,
                References::Files(_) => None,
            };
            let bytes = bytes.ok_or_else(|| {
                SpecError::new("data.blob", format!("the fabric has no blob {digest}"))
            })?;
            Ok(("data.blob".to_owned(), Source::Bytes(bytes)))
        }
        _ => {
            let message = "the data comes from exactly one of path, csv and blob";
            Err(SpecError::new("data", message).into())
        }
    }
}

/// The part of reading that takes time and disk.
struct Reading {
    field: String,
    source: Source,
    spec: DataSpec,
    target: Option<String>,
    scratch: PathBuf,
    exe: PathBuf,
}

impl Reading {
    fn run(self, told: &Told) -> Result<(Encoded, Vec<Finding>), SpecError> {
        let failed = |e: ReadError| match e {
            ReadError::UnknownColumn(message) => SpecError::new("data.types", message),
            e => SpecError::new(&self.field, e.to_string()),
        };
        let dialect = self.spec.dialect();
        let mut encoded = match &self.source {
            Source::Bytes(bytes) if !Table::is_encoded(bytes) => {
                data::read_apart(&self.exe, bytes, &dialect, &self.scratch)
            }
            source => data::read(source, &dialect, &self.scratch, Limit::NONE, &**told),
        }
        .map_err(failed)?;
        let arranged = Arranged::of(&encoded.table, &self.spec.plan(self.target.as_deref()))
            .map_err(|e| match e.field {
                "target" => SpecError::new("target", e.message),
                field => SpecError::new(format!("data.{field}"), e.message),
            })?
            .map(|arranged| Encoded::arranged(&arranged, &self.scratch))
            .transpose()
            .map_err(failed)?;
        if let Some(arranged) = arranged {
            encoded = arranged;
        }
        let table = &encoded.table;
        let roles = [
            ("data.groups", &self.spec.groups),
            ("data.sample_weight", &self.spec.sample_weight),
        ];
        for (field, name) in roles {
            if let Some(name) = name
                && table.column(name).is_none()
            {
                return Err(SpecError::new(
                    field,
                    unknown("column", name, &table.names()),
                ));
            }
        }
        // What is no feature may count rows or name them.
        let is_role = |name: &String| roles.iter().any(|(_, role)| role.as_ref() == Some(name));
        let mut findings = findings(table, self.target.as_deref());
        findings.retain(|f| !is_role(&f.column));
        Ok((encoded, findings))
    }
}

fn full_path<B: Broker>(
    field: &str,
    path: &str,
    references: &References<'_, B>,
) -> Result<PathBuf, SpecError> {
    match references {
        References::Files(base) => Ok(base.join(path)),
        References::Blobs(_) => Err(SpecError::new(
            field,
            format!(
                "\"{path}\" is a file, and a job sent to the fabric cannot name files: send it as csv or as a blob"
            ),
        )),
    }
}

fn unreadable(field: &str, full: &Path, error: &std::io::Error) -> SpecError {
    SpecError::new(
        field,
        format!("\"{}\" cannot be read: {error}", full.display()),
    )
}

async fn file<B: Broker>(
    field: &str,
    path: &str,
    references: &References<'_, B>,
) -> Result<Vec<u8>, SpecError> {
    let full = full_path(field, path, references)?;
    tokio::fs::read(&full)
        .await
        .map_err(|e| unreadable(field, &full, &e))
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
