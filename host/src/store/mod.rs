//! What a node keeps on disk: blobs by digest, and compiled code with its
//! description.
//!
//! Only the parent process writes here, to a new name and then renamed, after
//! checking digests; slots get paths to read. Losing the folder costs time and
//! nothing else.

mod code;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pleat_core::digest::Digest;

pub use code::CodeError;

/// A folder of blobs and code.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    dir: PathBuf,
    /// The program whose children compile and describe.
    exe: PathBuf,
    /// Files whose digest this process has checked.
    verified: Mutex<BTreeSet<PathBuf>>,
    code: code::Cache,
}

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the cache {path}: {source}")]
pub struct StoreError {
    path: String,
    source: std::io::Error,
}

impl Store {
    /// Opens a folder, making it where it is not there; readable by its owner
    /// alone, because code in it will be run.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn open(dir: &Path, exe: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError {
            path: dir.display().to_string(),
            source,
        };
        for sub in ["blobs", "code"] {
            std::fs::create_dir_all(dir.join(sub)).map_err(failed)?;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let private = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(dir, private).map_err(failed)?;
        }
        let dir = dir.canonicalize().map_err(failed)?;
        Ok(Self {
            shared: Arc::new(Shared {
                dir,
                exe: exe.to_owned(),
                verified: Mutex::default(),
                code: code::Cache::default(),
            }),
        })
    }

    /// The folder of the user's caches: `PLEAT_CACHE`, else the platform's
    /// place for them.
    #[must_use]
    pub fn default_dir() -> PathBuf {
        let var = |name| {
            std::env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        var("PLEAT_CACHE")
            .or_else(|| var("XDG_CACHE_HOME").map(|d| d.join("pleat")))
            .or_else(|| var("HOME").map(|d| d.join(".cache/pleat")))
            .unwrap_or_else(|| std::env::temp_dir().join("pleat-cache"))
    }

    /// The program whose children run slots.
    #[must_use]
    pub fn exe(&self) -> &Path {
        &self.shared.exe
    }

    /// Keeps bytes under their digest.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<(Digest, PathBuf), StoreError> {
        let digest = Digest::of(bytes);
        if let Some(path) = self.blob(&digest)? {
            return Ok((digest, path));
        }
        let path = self.blob_path(&digest);
        self.write(&path, bytes)?;
        self.mark_verified(&path);
        Ok((digest, path))
    }

    /// The folder in which a blob is written before it has a name; on the
    /// same disk, so that it need not be copied.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.shared.dir.join("blobs")
    }

    /// Keeps a file from [`Store::scratch`] under its digest, which whoever
    /// wrote it has just computed.
    ///
    /// # Errors
    /// It cannot be renamed.
    pub fn adopt(
        &self,
        file: tempfile::NamedTempFile,
        digest: &Digest,
    ) -> Result<PathBuf, StoreError> {
        if let Some(path) = self.blob(digest)? {
            return Ok(path);
        }
        let path = self.blob_path(digest);
        file.persist(&path).map_err(|e| StoreError {
            path: path.display().to_string(),
            source: e.error,
        })?;
        self.mark_verified(&path);
        Ok(path)
    }

    /// The file that holds these bytes, if it is there and whole.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn blob(&self, digest: &Digest) -> Result<Option<PathBuf>, StoreError> {
        let path = self.blob_path(digest);
        Ok(self.verify(&path, digest)?.then_some(path))
    }

    fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.shared.dir.join("blobs").join(digest.hex())
    }

    /// Whether the file is there with that digest. A damaged one is removed.
    fn verify(&self, path: &Path, digest: &Digest) -> Result<bool, StoreError> {
        let failed = |source| StoreError {
            path: path.display().to_string(),
            source,
        };
        {
            let verified = self
                .shared
                .verified
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if verified.contains(path) && path.exists() {
                return Ok(true);
            }
        }
        // Looked at where it lies: a table may be larger than memory.
        match std::fs::File::open(path).and_then(|file| crate::data::map(&file)) {
            Ok(bytes) if Digest::of(&bytes) == *digest => {
                self.mark_verified(path);
                Ok(true)
            }
            Ok(_) => {
                std::fs::remove_file(path).map_err(failed)?;
                Ok(false)
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(failed(e)),
        }
    }

    fn mark_verified(&self, path: &Path) {
        let mut verified = self
            .shared
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        verified.insert(path.to_owned());
    }

    /// Whole or not at all: another process may be writing the same name.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let failed = |source| StoreError {
            path: path.display().to_string(),
            source,
        };
        let dir = path.parent().unwrap_or(&self.shared.dir);
        let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        file.persist(path).map_err(|e| failed(e.error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_a_blob_without_being_copied() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Path::new("pleat")).unwrap();
        let digest = Digest::of(b"hello");
        for _ in 0..2 {
            let mut file = tempfile::NamedTempFile::new_in(store.scratch()).unwrap();
            file.write_all(b"hello").unwrap();
            let path = store.adopt(file, &digest).unwrap();
            assert_eq!(store.blob(&digest).unwrap(), Some(path));
        }
        assert_eq!(std::fs::read_dir(store.scratch()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_blob_is_not_given_out() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Path::new("pleat")).unwrap();
        let (digest, path) = store.put_blob(b"hello").unwrap();
        assert_eq!(store.blob(&digest).unwrap(), Some(path.clone()));
        std::fs::write(&path, b"hellO").unwrap();
        let afresh = Store::open(dir.path(), Path::new("pleat")).unwrap();
        assert_eq!(afresh.blob(&digest).unwrap(), None);
        assert!(!path.exists());
    }
}
