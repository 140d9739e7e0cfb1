//! A step along a direction that lowers a function enough and flattens it
//! enough (the strong Wolfe conditions), by interpolating with cubics.
//!
//! Moré and Thuente, Line search algorithms with guaranteed sufficient
//! decrease, ACM Transactions on Mathematical Software 20 (1994), in the form
//! and with the constants of L-BFGS-B 3.0.

/// The decrease asked for, as a share of what the slope promises.
const DECREASE: f64 = 1e-3;
/// How flat it must have become, as a share of the first slope.
const FLATNESS: f64 = 0.9;
/// An interval this small beside its end is small enough.
const INTERVAL: f64 = 0.1;
/// No step is longer.
const LONGEST: f64 = 1e10;

/// A point of the line.
#[derive(Clone, Copy)]
struct Point {
    step: f64,
    value: f64,
    slope: f64,
}

impl Point {
    /// The point of the function that lies `tilt` a step lower.
    fn tilted(self, tilt: f64) -> Self {
        Point {
            value: self.value - self.step * tilt,
            slope: self.slope - tilt,
            ..self
        }
    }
}

/// What to do after a point was looked at.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// Look at this step.
    Try(f64),
    /// The step just looked at will do.
    Take,
}

/// A search under way.
pub struct LineSearch {
    start: Point,
    best: Point,
    other: Point,
    bracketed: bool,
    /// Until a point with enough decrease and a rising slope was seen, the
    /// tilted function is what is minimised.
    tilting: bool,
    width: f64,
    width_before: f64,
    least: f64,
    most: f64,
}

impl LineSearch {
    /// Begins at a value with a falling slope; `step` is looked at first.
    #[must_use]
    pub fn new(value: f64, slope: f64, step: f64) -> Self {
        let start = Point {
            step: 0.0,
            value,
            slope,
        };
        LineSearch {
            start,
            best: start,
            other: start,
            bracketed: false,
            tilting: true,
            width: LONGEST,
            width_before: 2.0 * LONGEST,
            least: 0.0,
            most: 5.0 * step,
        }
    }

    /// Hears of the value and the slope at the step that was to be tried.
    pub fn heard(&mut self, step: f64, value: f64, slope: f64) -> Next {
        let here = Point { step, value, slope };
        let tilt = DECREASE * self.start.slope;
        let wanted = self.start.value + step * tilt;
        if self.tilting && value <= wanted && slope >= DECREASE * self.start.slope {
            self.tilting = false;
        }
        let small = self.bracketed && self.most - self.least <= INTERVAL * self.most;
        let outside = self.bracketed && (step <= self.least || step >= self.most);
        let longest = step == LONGEST && value <= wanted && slope <= tilt;
        let shortest = step == 0.0 && (value > wanted || slope >= tilt);
        let flat = value <= wanted && slope.abs() <= FLATNESS * -self.start.slope;
        if small || outside || longest || shortest || flat {
            return Next::Take;
        }
        let mut next = if self.tilting && value <= self.best.value && value > wanted {
            let [best, other, here] = [self.best, self.other, here].map(|p| p.tilted(tilt));
            (self.best, self.other) = (best, other);
            let next = self.narrow(here);
            self.best = self.best.tilted(-tilt);
            self.other = self.other.tilted(-tilt);
            next
        } else {
            self.narrow(here)
        };
        let (best, other) = (self.best.step, self.other.step);
        if self.bracketed {
            if (other - best).abs() >= 0.66 * self.width_before {
                next = best + 0.5 * (other - best);
            }
            self.width_before = self.width;
            self.width = (other - best).abs();
            self.least = best.min(other);
            self.most = best.max(other);
        } else {
            self.least = next + 1.1 * (next - best);
            self.most = next + 4.0 * (next - best);
        }
        next = next.clamp(0.0, LONGEST);
        if self.bracketed
            && (next <= self.least
                || next >= self.most
                || self.most - self.least <= INTERVAL * self.most)
        {
            next = best;
        }
        Next::Try(next)
    }

    /// Takes a point into the interval and answers with the step to try next.
    fn narrow(&mut self, here: Point) -> f64 {
        let (best, other) = (self.best, self.other);
        let opposite = here.slope * (best.slope / best.slope.abs()) < 0.0;
        let next;
        if here.value > best.value {
            // A higher value: the minimum lies between.
            let cubic = best.step + cubic(best, here) * (here.step - best.step);
            let fallen = (best.value - here.value) / (here.step - best.step);
            let quadratic =
                best.step + best.slope / (fallen + best.slope) / 2.0 * (here.step - best.step);
            next = if (cubic - best.step).abs() < (quadratic - best.step).abs() {
                cubic
            } else {
                cubic + (quadratic - cubic) / 2.0
            };
            self.bracketed = true;
        } else if opposite {
            // A lower value and a slope of the other sign: between, too.
            let cubic = here.step + cubic(here, best) * (best.step - here.step);
            let secant = secant(here, best);
            next = if (cubic - here.step).abs() > (secant - here.step).abs() {
                cubic
            } else {
                secant
            };
            self.bracketed = true;
        } else if here.slope.abs() < best.slope.abs() {
            // Lower and flatter: beyond, unless the cubic has no minimum there.
            let ratio = cubic_beyond(here, best);
            let cubic = match ratio {
                Some(ratio) => here.step + ratio * (best.step - here.step),
                None if here.step > best.step => self.most,
                None => self.least,
            };
            let secant = secant(here, best);
            let nearer = (cubic - here.step).abs() < (secant - here.step).abs();
            if self.bracketed {
                let step = if nearer { cubic } else { secant };
                let limit = here.step + 0.66 * (other.step - here.step);
                next = if here.step > best.step {
                    step.min(limit)
                } else {
                    step.max(limit)
                };
            } else {
                let further = (cubic - here.step).abs() > (secant - here.step).abs();
                let step = if further { cubic } else { secant };
                next = step.min(self.most).max(self.least);
            }
        } else if self.bracketed {
            // Lower and not flatter.
            next = here.step + cubic(here, other) * (other.step - here.step);
        } else if here.step > best.step {
            next = self.most;
        } else {
            next = self.least;
        }
        if here.value > best.value {
            self.other = here;
        } else {
            if opposite {
                self.other = best;
            }
            self.best = here;
        }
        next
    }
}

/// The parts of the cubic through two points and their slopes.
fn parts(from: Point, to: Point, square: impl Fn(f64) -> f64) -> (f64, f64) {
    let theta = 3.0 * (from.value - to.value) / (to.step - from.step) + from.slope + to.slope;
    let scale = theta.abs().max(from.slope.abs()).max(to.slope.abs());
    let inner = theta / scale * (theta / scale) - from.slope / scale * (to.slope / scale);
    let gamma = scale * square(inner).sqrt();
    // gamma has the sign of the way from one to the other.
    (theta, if to.step < from.step { -gamma } else { gamma })
}

/// Where the cubic through two points has its minimum, as a share of the way.
fn cubic(from: Point, to: Point) -> f64 {
    let (theta, gamma) = parts(from, to, |inner| inner);
    ((gamma - from.slope) + theta) / (((gamma - from.slope) + gamma) + to.slope)
}

/// The same for a minimum that lies beyond `from`, if there is one.
fn cubic_beyond(from: Point, to: Point) -> Option<f64> {
    let (theta, gamma) = parts(from, to, |inner| inner.max(0.0));
    let ratio = ((gamma - from.slope) + theta) / ((gamma + (to.slope - from.slope)) + gamma);
    (ratio < 0.0 && gamma != 0.0).then_some(ratio)
}

/// Where the slope would be zero if it changed evenly.
fn secant(from: Point, to: Point) -> f64 {
    from.step + from.slope / (from.slope - to.slope) * (to.step - from.step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_num::math;

    /// Searches along a function given with its slope; answers with the step
    /// and how many were looked at.
    fn search(of: impl Fn(f64) -> (f64, f64), first: f64) -> (f64, usize) {
        let (value, slope) = of(0.0);
        let mut search = LineSearch::new(value, slope, first);
        let mut step = first;
        for tries in 1..50 {
            let (value, slope) = of(step);
            match search.heard(step, value, slope) {
                Next::Take => return (step, tries),
                Next::Try(next) => step = next,
            }
        }
        panic!("no end")
    }

    /// From steps too short, too long and right, on a parabola, on a function
    /// without a minimum at a finite place, and on one that waves.
    #[test]
    fn what_is_taken_is_low_and_flat() {
        type Line = fn(f64) -> (f64, f64);
        let lines: [Line; 3] = [
            |x| ((x - 2.0) * (x - 2.0), 2.0 * (x - 2.0)),
            |x| (math::exp(-x), -math::exp(-x)),
            |x| {
                let wave = 0.2 * math::cos(9.0 * x);
                (
                    x * x - 3.0 * x + wave,
                    2.0 * x - 3.0 - 1.8 * math::sin(9.0 * x),
                )
            },
        ];
        for line in lines {
            let (value, slope) = line(0.0);
            for first in [1e-6, 0.1, 1.0, 30.0, 1e5] {
                let (step, tries) = search(line, first);
                let (low, flat) = line(step);
                assert!(low <= value + DECREASE * step * slope, "{first} {step}");
                assert!(flat.abs() <= FLATNESS * -slope, "{first} {step}");
                assert!(tries < 20, "{first} {tries}");
            }
        }
    }
}
