//! What solvers that take one row at a time do with a row: inner products and
//! sums with a line, in lanes whose sums are put together the way registers of
//! two numbers are.
//!
//! Rows are short and always the same length, so what is done once a call
//! counts here, unlike in `pleat_num::dense`.

/// Sums a loop keeps; rows are a multiple of it long, or shorter than it.
pub const LANES: usize = 8;

/// The inner product of a row with as much of a line.
#[inline]
#[must_use]
pub fn dot(row: &[f64], line: &[f64]) -> f64 {
    if row.len() < LANES {
        return row.iter().zip(line).fold(0.0, |sum, (x, w)| sum + x * w);
    }
    let mut sums = [0.0; LANES];
    for (x, w) in row.chunks_exact(LANES).zip(line.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * w[lane];
        }
    }
    total(sums)
}

/// Adds `factor` times a row to as much of a line.
#[inline]
pub fn add(factor: f64, row: &[f64], line: &mut [f64]) {
    if row.len() < LANES {
        for (w, x) in line.iter_mut().zip(row) {
            *w += factor * x;
        }
        return;
    }
    for (w, x) in line.chunks_exact_mut(LANES).zip(row.chunks_exact(LANES)) {
        for lane in 0..LANES {
            w[lane] += factor * x[lane];
        }
    }
}

/// The same, and the sum of the line's squares after it.
#[inline]
pub fn add_and_square(factor: f64, row: &[f64], line: &mut [f64]) -> f64 {
    if row.len() < LANES {
        add(factor, row, line);
        return dot(&line[..row.len()], line);
    }
    let mut squares = [0.0; LANES];
    for (w, x) in line.chunks_exact_mut(LANES).zip(row.chunks_exact(LANES)) {
        for lane in 0..LANES {
            let moved = w[lane] + factor * x[lane];
            w[lane] = moved;
            squares[lane] += moved * moved;
        }
    }
    total(squares)
}

/// The sum of absolute numbers.
#[inline]
#[must_use]
pub fn absolutes(line: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let eights = line.chunks_exact(LANES);
    let rest: f64 = eights.remainder().iter().map(|w| w.abs()).sum();
    for w in eights {
        for lane in 0..LANES {
            sums[lane] += w[lane].abs();
        }
    }
    total(sums) + rest
}

fn total(sums: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = sums;
    let (even, odd) = ((a + c) + (e + g), (b + d) + (f + h));
    even + odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_length() {
        for n in [1, 2, 7, 8, 16, 24] {
            let row: Vec<f64> = (1..=n).map(f64::from).collect();
            let mut line = vec![0.5; row.len() + 1];
            let sum = f64::from(n * (n + 1) / 2);
            assert_eq!(dot(&row, &line), sum / 2.0);
            let squares = add_and_square(-2.0, &row, &mut line);
            let expected: Vec<f64> = row.iter().map(|x| 0.5 - 2.0 * x).collect();
            assert_eq!(line[..row.len()], expected);
            assert_eq!(squares, expected.iter().map(|w| w * w).sum::<f64>());
            assert_eq!(absolutes(&row), sum);
            add(2.0, &row, &mut line);
            assert!(line.iter().all(|w| *w == 0.5), "{line:?}");
        }
    }
}
