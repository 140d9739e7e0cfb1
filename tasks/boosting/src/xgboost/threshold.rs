//! Two ways to say where a column is parted: here a double goes left if it is
//! not above a double; there it is rounded to single precision first, and goes
//! left if that is below a single.

/// The largest double that, rounded to single precision, lies below `condition`.
pub(super) fn from_single(condition: f32) -> f64 {
    let below = condition.next_down();
    if below == f32::NEG_INFINITY || condition.is_nan() {
        return f64::NEG_INFINITY;
    }
    if condition == f32::INFINITY {
        // Half a step beyond the largest single doubles become infinite.
        return (f64::from(f32::MAX)
            + (f64::from(f32::MAX) - f64::from(f32::MAX.next_down())) / 2.0)
            .next_down();
    }
    let middle = (f64::from(below) + f64::from(condition)) / 2.0;
    // Half way between two, the even one is taken.
    if middle as f32 == below {
        middle
    } else {
        middle.next_down()
    }
}

/// The smallest single above a threshold: the same rows go left, if their
/// values are singles, or are not within a rounding error of the threshold.
pub(super) fn to_single(threshold: f64) -> f32 {
    let near = threshold as f32;
    let above = if f64::from(near) > threshold {
        near
    } else {
        near.next_up()
    };
    // JSON has no infinity.
    above.clamp(f32::MIN, f32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_numbers_go_left() {
        for condition in [0.1_f32, -3.5, 0.0, 1e-45, 1e30, 16_777_216.0, -1e-45] {
            let threshold = from_single(condition);
            assert!((threshold as f32) < condition);
            assert!((threshold.next_up() as f32) >= condition);
            assert_eq!(to_single(threshold), condition);
        }
        assert_eq!(to_single(f64::INFINITY), f32::MAX);
        assert_eq!(to_single(2.0), 2.0_f32.next_up());
        assert_eq!(from_single(f32::MIN), f64::NEG_INFINITY);
        assert!(from_single(f32::INFINITY) >= f64::from(f32::MAX));
    }
}
