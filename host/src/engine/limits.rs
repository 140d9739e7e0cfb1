//! What a session may use and say: memory is counted here, and messages.

use super::bindings::pleat::task::{control, types};
use super::session::Message;

/// Messages kept of one task, and the longest of each.
const MOST_MESSAGES: usize = 100;
const LONGEST_MESSAGE: usize = 4096;

/// The host's half of a session.
pub(super) struct State {
    pub(super) memory: Memory,
    pub(super) messages: Vec<Message>,
    pub(super) dropped: u64,
}

/// All linear memories of a session together.
pub(super) struct Memory {
    limit: usize,
    held: usize,
    pub(super) peak: usize,
    /// A request was refused.
    pub(super) exceeded: bool,
}

impl State {
    pub(super) fn new(memory: u64) -> Self {
        let limit = usize::try_from(memory).unwrap_or(usize::MAX);
        Self {
            memory: Memory {
                limit,
                held: 0,
                peak: 0,
                exceeded: false,
            },
            messages: Vec::new(),
            dropped: 0,
        }
    }
}

impl wasmtime::ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let held = self.held.saturating_add(desired.saturating_sub(current));
        if held > self.limit {
            self.exceeded = true;
            // Ends the guest here and now, whatever it would have made of a
            // refusal: the outcome must not depend on its allocator.
            return Err(wasmtime::Error::msg(format!(
                "more than the limit of {} bytes",
                self.limit
            )));
        }
        if maximum.is_some_and(|m| desired > m) {
            return Ok(false);
        }
        self.held = held;
        self.peak = self.peak.max(held);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= 20_000)
    }
}

impl types::Host for State {}

impl control::Host for State {
    fn log(&mut self, level: control::Level, mut message: String) {
        if self.messages.len() >= MOST_MESSAGES {
            self.dropped += 1;
            return;
        }
        if message.len() > LONGEST_MESSAGE {
            let mut end = LONGEST_MESSAGE;
            while !message.is_char_boundary(end) {
                end -= 1;
            }
            message.truncate(end);
            message.push('…');
        }
        let warning = matches!(level, control::Level::Warn);
        self.messages.push(Message {
            warning,
            text: message,
        });
    }

    fn progress(&mut self, _done: f64) -> control::Verdict {
        // A session that is no longer wanted ends with its process; nothing
        // that lives on asks in vain.
        control::Verdict::GoOn
    }
}
