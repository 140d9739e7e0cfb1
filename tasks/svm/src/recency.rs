//! Which of some numbered things was not used for longest.

/// In no place, or beyond the end of the line.
const NONE: u32 = u32::MAX;

/// Things in line, the least recently used one first.
#[derive(Clone, Debug)]
pub struct Recency {
    before: Vec<u32>,
    after: Vec<u32>,
    oldest: u32,
    newest: u32,
}

impl Recency {
    /// None of `n` things used yet.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Recency {
            before: vec![NONE; n],
            after: vec![NONE; n],
            oldest: NONE,
            newest: NONE,
        }
    }

    /// Notes that a thing is used now.
    pub fn touch(&mut self, thing: usize) {
        let new = thing as u32;
        if self.newest == new {
            return;
        }
        self.remove(thing);
        self.before[thing] = self.newest;
        match self.newest {
            NONE => self.oldest = new,
            last => self.after[last as usize] = new,
        }
        self.newest = new;
    }

    /// Takes the one out that was not used for longest, if any was used.
    pub fn forget_oldest(&mut self) -> Option<usize> {
        let oldest = self.oldest;
        (oldest != NONE).then(|| {
            self.remove(oldest as usize);
            oldest as usize
        })
    }

    fn remove(&mut self, thing: usize) {
        let (before, after) = (self.before[thing], self.after[thing]);
        let in_line = before != NONE || self.oldest == thing as u32;
        if !in_line {
            return;
        }
        match before {
            NONE => self.oldest = after,
            before => self.after[before as usize] = after,
        }
        match after {
            NONE => self.newest = before,
            after => self.before[after as usize] = before,
        }
        (self.before[thing], self.after[thing]) = (NONE, NONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut line = Recency::new(5);
        assert_eq!(line.forget_oldest(), None);
        for thing in [3, 1, 4, 1, 3, 3, 0] {
            line.touch(thing);
        }
        let order: Vec<usize> = std::iter::from_fn(|| line.forget_oldest()).collect();
        assert_eq!(order, [4, 1, 3, 0]);
        line.touch(2);
        line.touch(2);
        assert_eq!(line.forget_oldest(), Some(2));
        assert_eq!(line.forget_oldest(), None);
    }
}
