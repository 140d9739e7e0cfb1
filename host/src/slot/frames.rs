//! What parent and slot say to each other over a pipe: length-prefixed
//! postcard. Tasks and outcomes inside are the very bytes that travel between
//! nodes, so the parent need not understand them to pass them on.

use std::io::{self, Read, Write};

use pleat_core::digest::Digest;
use pleat_core::scoring::Needs;
use pleat_core::task::Failure;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::exchange::{Exchange, Exchanged};
use crate::engine::{Answer, Fault};

/// No frame is longer; a longer one means the stream is damaged.
const LONGEST: u32 = 64 << 20;

/// A longer model comes in pieces.
pub const MODEL_PIECE: usize = 16 << 20;

/// What a slot works on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenJob {
    /// The job's record.
    pub job: Vec<u8>,
    /// The file that holds its table.
    pub data: String,
    /// What the node is called, for the outcome.
    pub node: String,
}

/// Rows to predict with a saved model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The file that holds the model.
    pub model: String,
    /// The file that holds the table.
    pub data: String,
    /// Bytes of linear memory the guest may use.
    pub memory: u64,
    /// What is asked for.
    pub needs: Needs,
}

/// From parent to slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToSlot {
    /// The first frame: which code, and for which job if any.
    Open {
        /// The files that hold compiled code, by component.
        codes: Vec<(Digest, String)>,
        /// The job.
        job: Option<OpenJob>,
    },
    /// Say what the component offers.
    Describe,
    /// Predict rows.
    Predict(Prediction),
    /// Bring a model into another form.
    Exchange(Exchange),
    /// Run a task.
    Run {
        /// Names it in the answer.
        seq: u64,
        /// Which attempt this is, from 1.
        attempt: u32,
        /// The task.
        task: Vec<u8>,
    },
}

/// From slot to parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromSlot {
    /// Whether the code could be loaded and the job be opened.
    Opened(Result<(), Fault>),
    /// What the component offers, as JSON.
    Described(Result<Vec<u8>, Failure>),
    /// Some rows have been predicted; the next in their order.
    Portion(Answer),
    /// All rows have been predicted, or why not.
    Predicted(Result<(), Fault>),
    /// One candidate of a longer task, in case the task does not end well.
    Candidate {
        /// The task's name.
        seq: u64,
        /// A `CandidateOutcome` as JSON.
        outcome: Vec<u8>,
    },
    /// A model has been brought into another form, its bytes having come
    /// before; or why not.
    Exchanged(Result<Exchanged, Fault>),
    /// A piece of a model that the task leaves.
    Model {
        /// The task's name.
        seq: u64,
        /// The next of its bytes.
        bytes: Vec<u8>,
    },
    /// A task has ended.
    Done {
        /// The task's name.
        seq: u64,
        /// Its `Outcome` as JSON.
        outcome: Vec<u8>,
    },
}

/// A frame as bytes.
///
/// # Errors
/// The frame is too long.
pub fn encode(frame: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    bytes = postcard::to_extend(frame, bytes).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len() - 4)
        .ok()
        .filter(|l| *l <= LONGEST);
    let Some(length) = length else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a frame is too long",
        ));
    };
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// Writes a frame, blocking.
///
/// # Errors
/// The pipe is closed, or the frame is too long.
pub fn write(to: &mut impl Write, frame: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(frame)?)
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    postcard::from_bytes(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}

fn length(head: [u8; 4]) -> io::Result<usize> {
    match u32::from_le_bytes(head) {
        n if n <= LONGEST => Ok(n as usize),
        n => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {n} bytes"),
        )),
    }
}

/// Reads a frame, blocking.
///
/// # Errors
/// The pipe is closed, or what comes is no frame.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    let mut body = vec![0; length(head)?];
    from.read_exact(&mut body)?;
    decode(&body)
}

/// Reads a frame.
///
/// # Errors
/// The pipe is closed, or what comes is no frame.
pub async fn read_async<T: DeserializeOwned>(from: &mut (impl AsyncRead + Unpin)) -> io::Result<T> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await?;
    let mut body = vec![0; length(head)?];
    from.read_exact(&mut body).await?;
    decode(&body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_the_pipe() {
        let frame = ToSlot::Run {
            seq: 7,
            attempt: 1,
            task: b"{}".to_vec(),
        };
        let bytes = encode(&frame).unwrap();
        assert_eq!(read::<ToSlot>(&mut &bytes[..]).unwrap(), frame);
    }

    #[test]
    fn damage_is_an_error() {
        assert!(read::<ToSlot>(&mut &[255, 255, 255, 255, 0][..]).is_err());
        assert!(read::<ToSlot>(&mut &[1, 0, 0, 0, 99][..]).is_err());
        assert!(read::<ToSlot>(&mut &[9, 0][..]).is_err());
    }
}
