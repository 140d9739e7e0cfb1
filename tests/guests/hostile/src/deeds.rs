//! The misdeeds.

use std::hint::black_box;

use pleat_guest::{Error, Info, Level, Params, Prediction, domain::*};

use crate::Deed;

/// Never returns.
pub(crate) struct Loop {
    in_fit: bool,
}

impl Deed for Loop {
    const NAME: &str = "Loop";
    const DOC: &str = "Never returns.";

    fn describe(info: Info) -> Info {
        info.param(
            "when",
            "fit",
            words(["fit", "predict"]),
            "Where it stays for ever.",
        )
    }
    fn new(params: &Params) -> Result<Self, Error> {
        Ok(Loop {
            in_fit: params.choice("when", &[("fit", true), ("predict", false)])?,
        })
    }
    fn fit(&self) -> Result<(), Error> {
        if self.in_fit { spin() } else { Ok(()) }
    }
    fn predict(&self, _: Prediction) -> Prediction {
        spin()
    }
}

fn spin() -> ! {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Takes memory until there is none.
pub(crate) struct Bomb;

impl Deed for Bomb {
    const NAME: &str = "Bomb";
    const DOC: &str = "Takes memory until there is none.";

    fn new(_: &Params) -> Result<Self, Error> {
        Ok(Bomb)
    }
    fn fit(&self) -> Result<(), Error> {
        let mut hoard = Vec::new();
        loop {
            hoard.push(black_box(vec![1u8; 1 << 24]));
        }
    }
}

/// Calls itself until the stack is full.
pub(crate) struct Recurse;

impl Deed for Recurse {
    const NAME: &str = "Recurse";
    const DOC: &str = "Calls itself until the stack is full.";

    fn new(_: &Params) -> Result<Self, Error> {
        Ok(Recurse)
    }
    fn fit(&self) -> Result<(), Error> {
        fn down(depth: u64) -> u64 {
            // Never true, but the compiler must not know.
            if black_box(depth) == u64::MAX {
                0
            } else {
                black_box(down(depth + 1)) + 1
            }
        }
        Err(Error::Other(format!("the stack took {} calls", down(0))))
    }
}

/// Panics.
pub(crate) struct Panic;

impl Deed for Panic {
    const NAME: &str = "Panic";
    const DOC: &str = "Panics with a message.";

    fn new(_: &Params) -> Result<Self, Error> {
        Ok(Panic)
    }
    #[allow(clippy::panic)]
    fn fit(&self) -> Result<(), Error> {
        panic!("a panic on purpose")
    }
}

/// Traps without a word.
pub(crate) struct Trap;

impl Deed for Trap {
    const NAME: &str = "Trap";
    const DOC: &str = "Traps without a word.";

    fn new(_: &Params) -> Result<Self, Error> {
        Ok(Trap)
    }
    fn fit(&self) -> Result<(), Error> {
        trap()
    }
}

fn trap() -> ! {
    #[cfg(target_family = "wasm")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_family = "wasm"))]
    std::process::abort();
}

/// Refuses, which a guest may.
pub(crate) struct Refuse(Error);

impl Deed for Refuse {
    const NAME: &str = "Refuse";
    const DOC: &str = "Refuses every fit, as a guest may.";

    fn describe(info: Info) -> Info {
        let how = words(["invalid-params", "invalid-data", "unsupported", "other"]);
        info.param("how", "invalid-params", how, "The case of its refusal.")
    }
    fn new(params: &Params) -> Result<Self, Error> {
        let sentence = || "refused on purpose".to_owned();
        let words = [
            ("invalid-params", Error::InvalidParams(sentence())),
            ("invalid-data", Error::InvalidData(sentence())),
            ("unsupported", Error::Unsupported(sentence())),
            ("other", Error::Other(sentence())),
        ];
        Ok(Refuse(params.choice("how", &words)?))
    }
    fn fit(&self) -> Result<(), Error> {
        Err(self.0.clone())
    }
}

/// Answers what cannot be true.
pub(crate) struct Liar {
    how: String,
}

impl Deed for Liar {
    const NAME: &str = "Liar";
    const DOC: &str = "Answers what cannot be true.";

    fn describe(info: Info) -> Info {
        let how = words(["short", "long", "absent", "stranger", "narrow", "nan"]);
        info.param("how", "short", how, "What is wrong with its predictions.")
    }
    fn new(params: &Params) -> Result<Self, Error> {
        Ok(Liar {
            how: params.get("how")?,
        })
    }
    fn predict(&self, mut lie: Prediction) -> Prediction {
        let (Some(classes), Some(probabilities)) = (&mut lie.classes, &mut lie.probabilities)
        else {
            return lie;
        };
        match self.how.as_str() {
            "short" => drop(classes.pop()),
            "long" => classes.push(classes[0]),
            "absent" => return Prediction::default(),
            "stranger" => classes[0] = u32::MAX,
            "narrow" => drop(probabilities.pop()),
            // Not the bits that the SDK sends, but those that it must replace.
            _ => probabilities.fill(f64::from_bits(0xfff8_dead_beef_0001)),
        }
        lie
    }
}

/// Talks too much.
pub(crate) struct Chatter {
    messages: u64,
    bytes: usize,
}

impl Deed for Chatter {
    const NAME: &str = "Chatter";
    const DOC: &str = "Leaves more messages than anyone can keep.";

    fn describe(info: Info) -> Info {
        info.param("messages", 1_000_000, integers(0..), "How many messages.")
            .param("bytes", 1_000_000, integers(0..), "How long each is.")
    }
    fn new(params: &Params) -> Result<Self, Error> {
        Ok(Chatter {
            messages: params.get("messages")?,
            bytes: params.get("bytes")?,
        })
    }
    fn fit(&self) -> Result<(), Error> {
        let message = "x".repeat(self.bytes);
        for _ in 0..self.messages {
            pleat_guest::log(Level::Info, &message);
        }
        Ok(())
    }
}

/// Traps for one value of its parameter and answers for every other: one bad
/// candidate among good ones.
pub(crate) struct Picky {
    n: i64,
}

impl Deed for Picky {
    const NAME: &str = "Picky";
    const DOC: &str = "Traps if n is 3.";

    fn describe(info: Info) -> Info {
        info.param("n", 1, integers(..), "Anything but 3.")
            .shares(&["n"])
    }
    fn new(params: &Params) -> Result<Self, Error> {
        Ok(Picky {
            n: params.get("n")?,
        })
    }
    fn fit(&self) -> Result<(), Error> {
        if self.n == 3 { trap() } else { Ok(()) }
    }
}
