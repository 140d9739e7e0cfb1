//! Model bundles: a fitted model with everything that predicting needs, in one
//! file that can be carried anywhere.
//!
//! A bundle is a tar archive, so that anyone can look into it: `manifest.json`
//! says what it is and gives the digest of every other file; `job.json` is the
//! job that made it, `model.bin` the model with its columns, steps and labels,
//! `component.wasm` the code that can load it. Equal jobs give equal bundles,
//! to the byte. Nothing is believed that its digest does not confirm.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::Path;

use bytes::Bytes;
use pleat_core::digest::Digest;
use pleat_core::job::Job;
use pleat_core::model::SavedModel;
use serde::{Deserialize, Serialize};
use tar::{Archive, Builder, Header};

const FORMAT: &str = "pleat-model/1";
const MANIFEST: &str = "manifest.json";
const JOB: &str = "job.json";
const MODEL: &str = "model.bin";
const COMPONENT: &str = "component.wasm";

/// No part of a bundle is larger: what claims to be is not read.
const LARGEST: u64 = 8 << 30;

/// What a bundle says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Which sort of file this is.
    pub format: String,
    /// The Pleat that wrote it.
    pub pleat: String,
    /// The job's name.
    pub name: String,
    /// The digest of the result that chose the model; null of another
    /// program's.
    pub result_digest: Option<Digest>,
    /// The scorer that chose it.
    pub scorer: String,
    /// Its mean score over the splits; null if it has none.
    pub score: Option<f64>,
    /// The digest of every other file.
    pub files: BTreeMap<String, Digest>,
}

/// A model with everything that predicting needs.
#[derive(Debug)]
pub struct Bundle {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The job that made it; none of another program's model.
    pub job: Option<Job>,
    /// The model.
    pub model: SavedModel,
    /// The model's encoding.
    pub model_bytes: Bytes,
    /// The code that can load it.
    pub component: Bytes,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is no archive, or lacks a part.
    #[error("{path} is not a model of Pleat: {why}")]
    NotAModel {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
    /// A part is not what the manifest says.
    #[error("{path} is damaged: {part} is {found}, the manifest says {expected}")]
    Damaged {
        /// Which.
        path: String,
        /// The part.
        part: String,
        /// What its digest is.
        found: Digest,
        /// What it should be.
        expected: String,
    },
}

/// Where a model comes from, for its manifest.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The digest of the result that chose the model.
    pub result_digest: Digest,
    /// The scorer that chose it.
    pub scorer: String,
    /// Its mean score.
    pub score: Option<f64>,
}

/// The bytes of a bundle.
///
/// # Errors
/// The archive cannot be written.
pub fn pack(
    job: &Job,
    origin: Origin,
    model: &[u8],
    component: &[u8],
) -> Result<Vec<u8>, std::io::Error> {
    let record = job.encode();
    let parts = [(JOB, &record[..]), (MODEL, model), (COMPONENT, component)];
    archive(job.name(), Some(origin), &parts)
}

/// The bytes of a bundle of another program's model, which no job made.
///
/// # Errors
/// The archive cannot be written.
pub fn pack_import(name: &str, model: &[u8], component: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    archive(name, None, &[(MODEL, model), (COMPONENT, component)])
}

fn archive(
    name: &str,
    origin: Option<Origin>,
    parts: &[(&str, &[u8])],
) -> Result<Vec<u8>, std::io::Error> {
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        pleat: env!("CARGO_PKG_VERSION").to_owned(),
        name: name.to_owned(),
        result_digest: origin.as_ref().map(|o| o.result_digest),
        score: origin.as_ref().and_then(|o| o.score),
        scorer: origin.map(|o| o.scorer).unwrap_or_default(),
        files: parts
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), Digest::of(bytes)))
            .collect(),
    };
    let manifest = serde_json::to_vec_pretty(&manifest)?;
    let mut archive = Builder::new(Vec::new());
    let parts = parts.iter().copied();
    for (name, bytes) in [(MANIFEST, &manifest[..])].into_iter().chain(parts) {
        // No time and no owner: equal models are equal files.
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, bytes)?;
    }
    archive.into_inner()
}

impl Bundle {
    /// Reads a bundle and checks all of it.
    ///
    /// # Errors
    /// It cannot be read, is no bundle, or a part is not what it should be.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let name = path.display().to_string();
        let file = std::fs::File::open(path).map_err(|source| BundleError::File {
            path: name.clone(),
            source,
        })?;
        Self::unpack(&name, file)
    }

    fn unpack(path: &str, file: impl Read) -> Result<Self, BundleError> {
        let not = |why: String| BundleError::NotAModel {
            path: path.to_owned(),
            why,
        };
        let mut parts = BTreeMap::new();
        let mut archive = Archive::new(file);
        // Raw: what a part is made of is in the file. Sparse ones grow.
        let entries = archive.entries().map_err(|e| not(unreadable(&e)))?;
        for entry in entries.raw(true) {
            let mut entry = entry.map_err(|e| not(unreadable(&e)))?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
            if ![MANIFEST, JOB, MODEL, COMPONENT].contains(&name.as_str()) {
                continue;
            }
            if !entry.header().entry_type().is_file() {
                return Err(not(format!("its {name} is no ordinary file")));
            }
            let size = entry.size();
            if size > LARGEST {
                return Err(not(format!(
                    "its {name} claims to have {size} bytes, and {LARGEST} are the most there can be"
                )));
            }
            let mut bytes = Vec::new();
            let read = entry.read_to_end(&mut bytes);
            read.map_err(|e| not(format!("{name}: {e}")))?;
            if bytes.len() as u64 != size {
                return Err(not(format!(
                    "it is cut off: {name} has {} of its {size} bytes",
                    bytes.len()
                )));
            }
            if parts.insert(name.clone(), Bytes::from(bytes)).is_some() {
                return Err(not(format!("it has {name} twice")));
            }
        }
        let mut part = |name: &str| {
            let part = parts.remove(name);
            part.ok_or_else(|| not(format!("it has no {name}")))
        };
        let manifest: Manifest = serde_json::from_slice(&part(MANIFEST)?)
            .map_err(|e| not(format!("{MANIFEST}: {e}")))?;
        if manifest.format != FORMAT {
            return Err(not(format!(
                "its format is \"{}\", this Pleat reads \"{FORMAT}\"",
                manifest.format
            )));
        }
        let mut checked = |name: &str| -> Result<Bytes, BundleError> {
            let bytes = part(name)?;
            let found = Digest::of(&bytes);
            match manifest.files.get(name) {
                Some(expected) if *expected == found => Ok(bytes),
                other => Err(BundleError::Damaged {
                    path: path.to_owned(),
                    part: name.to_owned(),
                    found,
                    expected: other.map_or("nothing".to_owned(), ToString::to_string),
                }),
            }
        };
        let (model_bytes, component) = (checked(MODEL)?, checked(COMPONENT)?);
        let model = SavedModel::decode(&model_bytes).map_err(|e| not(format!("{MODEL}: {e}")))?;
        let differ = |what: &str, expected: Digest, found: Digest| match expected == found {
            true => Ok(()),
            false => Err(not(format!(
                "the model is of {what} {expected}, and the {what} in it is {found}"
            ))),
        };
        let job = match model.header.job {
            None => None,
            Some(expected) => {
                let record = checked(JOB)?;
                let job = Job::decode(&record).map_err(|e| not(format!("{JOB}: {e}")))?;
                differ("job", expected, job.essence())?;
                Some(job)
            }
        };
        differ("component", model.header.component, Digest::of(&component))?;
        Ok(Self {
            manifest,
            job,
            model,
            model_bytes,
            component,
        })
    }
}

/// The archive's own sentence would cite the file, whatever it is.
fn unreadable(e: &std::io::Error) -> String {
    match e.kind() {
        ErrorKind::UnexpectedEof => "it is cut off".to_owned(),
        ErrorKind::Other | ErrorKind::InvalidData => {
            "it is no tar archive, or a damaged one".to_owned()
        }
        _ => e.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bundle_is_said_to_be_none() {
        for bytes in [&b""[..], b"not an archive", &[0; 4096]] {
            let error = Bundle::unpack("m", bytes).unwrap_err();
            assert!(
                error.to_string().contains("m is not a model of Pleat"),
                "{error}"
            );
        }
    }
}
