//! Where bytes come from: a file that may be larger than memory, or a blob.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use bytes::Bytes;

use super::output::map;

/// Bytes that can be read as often as need be.
#[derive(Debug)]
pub enum Source {
    /// A file on disk.
    File {
        /// The open file.
        file: File,
        /// Its name, as far as it tells the format.
        extension: String,
    },
    /// CSV that stands in a job.
    Text(Bytes),
    /// Bytes in memory, of any format.
    Bytes(Bytes),
}

impl Source {
    /// A file. What can be read only once is copied to a temporary file.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn file(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !file.metadata()?.is_file() {
            let mut copy = tempfile::tempfile()?;
            io::copy(&mut file, &mut copy)?;
            file = copy;
        }
        let extension = path.extension().unwrap_or_default();
        Ok(Self::File {
            file,
            extension: extension.to_string_lossy().to_lowercase(),
        })
    }

    /// How many bytes there are.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::File { file, .. } => file.metadata().map_or(0, |m| m.len()),
            Self::Text(bytes) | Self::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// The extension of the file's name, in lower case.
    pub(super) fn extension(&self) -> &str {
        match self {
            Self::File { extension, .. } => extension,
            Self::Text(_) | Self::Bytes(_) => "",
        }
    }

    /// Reads from this byte on.
    pub(super) fn open_at(&self, at: u64) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Self::File { file, .. } => {
                let mut from: &File = file;
                from.seek(SeekFrom::Start(at))?;
                Box::new(from)
            }
            Self::Text(bytes) | Self::Bytes(bytes) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                Box::new(&bytes[at.min(bytes.len())..])
            }
        })
    }

    /// All bytes, without reading them.
    pub(super) fn bytes(&self) -> io::Result<Bytes> {
        match self {
            Self::File { file, .. } => map(file),
            Self::Text(bytes) | Self::Bytes(bytes) => Ok(bytes.clone()),
        }
    }
}
