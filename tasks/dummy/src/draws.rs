//! numpy's draws of one class out of several, draw for draw.

use pleat_num::math::{exp, ln_1p};
use pleat_num::rng::RandomState;

/// `RandomState.multinomial(1, shares)`: the place that got the one. numpy
/// asks of each place but the last whether it is the one, given that none
/// before it was.
pub fn multinomial(draws: &mut RandomState, shares: &[f64]) -> usize {
    let last = shares.len() - 1;
    let mut left = 1.0;
    for (place, share) in shares[..last].iter().enumerate() {
        if binomial(draws, share / left) {
            return place;
        }
        left -= share;
    }
    last
}

/// `RandomState.binomial(1, p)`.
fn binomial(draws: &mut RandomState, p: f64) -> bool {
    if p == 0.0 {
        false
    } else if p <= 0.5 {
        inversion(draws, p)
    } else {
        !inversion(draws, 1.0 - p)
    }
}

/// By inverting the distribution: zero up to its probability, one up to the
/// sum of both, and drawn again in what rounding leaves above.
fn inversion(draws: &mut RandomState, p: f64) -> bool {
    let q = 1.0 - p;
    let of_zero = exp(ln_1p(-p));
    let of_one = p * of_zero / q;
    loop {
        let u = draws.double();
        let above = u > of_zero;
        if !above {
            return false;
        }
        let beyond = u - of_zero > of_one;
        if !beyond {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `RandomState(5).multinomial(1, [0.2, 0.0, 0.5, 0.3], 12).argmax(1)`.
    #[test]
    fn places_are_numpys() {
        let mut draws = RandomState::new(5);
        let places: Vec<_> = (0..12)
            .map(|_| multinomial(&mut draws, &[0.2, 0.0, 0.5, 0.3]))
            .collect();
        assert_eq!(places, [3, 3, 2, 2, 2, 3, 2, 0, 2, 3, 2, 2]);
    }

    #[test]
    fn without_shares_left_the_last_place_gets_it() {
        let mut draws = RandomState::new(0);
        assert_eq!(multinomial(&mut draws, &[1.0]), 0);
        assert_eq!(multinomial(&mut draws, &[1.0, 0.0]), 0);
        assert_eq!(multinomial(&mut draws, &[0.0, 1.0]), 1);
    }
}
