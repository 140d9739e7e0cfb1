//! Brent's search for the minimum of a function of one variable, between two
//! bounds or from a bracket, stepping as scipy's `fminbound` and `brent` do.
//!
//! R. P. Brent, "Algorithms for Minimization without Derivatives" (1973),
//! chapter 5.

/// Neither of scipy's searches goes on for longer.
const MAX_CALLS: usize = 500;

/// The minimum of `f` between `low` and `high`, to `tolerance`.
pub(in crate::pipeline) fn bounded(
    f: impl Fn(f64) -> f64,
    low: f64,
    high: f64,
    tolerance: f64,
) -> f64 {
    // scipy writes its machine epsilon like this.
    let sqrt_eps = 2.2e-16_f64.sqrt();
    let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
    let (mut a, mut b) = (low, high);
    // The best point so far, the one before it and the one before that.
    let mut best = a + golden * (b - a);
    let (mut second, mut third) = (best, best);
    let mut f_best = f(best);
    let (mut f_second, mut f_third) = (f_best, f_best);
    let (mut step, mut last) = (0.0_f64, 0.0_f64);
    let mut calls = 1;
    loop {
        let middle = 0.5 * (a + b);
        let tol1 = sqrt_eps * best.abs() + tolerance / 3.0;
        let tol2 = 2.0 * tol1;
        let wide = (best - middle).abs() > tol2 - 0.5 * (b - a);
        if !wide || calls >= MAX_CALLS {
            return best;
        }
        let mut section = true;
        if last.abs() > tol1 {
            let r = (best - second) * (f_best - f_third);
            let q = (best - third) * (f_best - f_second);
            let mut p = (best - third) * q - (best - second) * r;
            let mut q = 2.0 * (q - r);
            if q > 0.0 {
                p = -p;
            }
            q = q.abs();
            let before = last;
            last = step;
            if p.abs() < (0.5 * q * before).abs() && p > q * (a - best) && p < q * (b - best) {
                section = false;
                step = (p + 0.0) / q;
                let x = best + step;
                if x - a < tol2 || b - x < tol2 {
                    step = tol1 * sign(middle - best);
                }
            }
        }
        if section {
            last = if best >= middle { a - best } else { b - best };
            step = golden * last;
        }
        let x = best + sign(step) * step.abs().max(tol1);
        let f_x = f(x);
        calls += 1;
        if f_x <= f_best {
            if x >= best {
                a = best;
            } else {
                b = best;
            }
            (third, f_third) = (second, f_second);
            (second, f_second) = (best, f_best);
            (best, f_best) = (x, f_x);
        } else {
            if x < best {
                a = x;
            } else {
                b = x;
            }
            if f_x <= f_second || second == best {
                (third, f_third) = (second, f_second);
                (second, f_second) = (x, f_x);
            } else if f_x <= f_third || third == best || third == second {
                (third, f_third) = (x, f_x);
            }
        }
    }
}

/// 1 or -1; 1 for nothing.
fn sign(x: f64) -> f64 {
    if x < 0.0 { -1.0 } else { 1.0 }
}

/// Three points, the middle one the lowest, and what `f` is there.
struct Bracket {
    x: [f64; 3],
    f_middle: f64,
}

/// Goes downhill from `a` and `b` until the function rises again; `None` if
/// it never does.
fn bracket(f: &impl Fn(f64) -> f64, a: f64, b: f64) -> Option<Bracket> {
    const GOLD: f64 = 1.618034;
    const GROW_LIMIT: f64 = 110.0;
    const TINY: f64 = 1e-21;
    let (mut xa, mut xb) = (a, b);
    let (mut fa, mut fb) = (f(xa), f(xb));
    if fa < fb {
        (xa, xb, fa, fb) = (xb, xa, fb, fa);
    }
    let mut xc = xb + GOLD * (xb - xa);
    let mut fc = f(xc);
    let mut rounds = 0;
    while fc < fb {
        let tmp1 = (xb - xa) * (fb - fc);
        let tmp2 = (xb - xc) * (fb - fa);
        let val = tmp2 - tmp1;
        let denom = 2.0 * if val.abs() < TINY { TINY } else { val };
        let mut w = xb - ((xb - xc) * tmp2 - (xb - xa) * tmp1) / denom;
        let limit = xb + GROW_LIMIT * (xc - xb);
        if rounds > 1000 {
            return None;
        }
        rounds += 1;
        let fw;
        if (w - xc) * (xb - w) > 0.0 {
            let near = f(w);
            if near < fc {
                (xa, fa) = (xb, fb);
                (xb, fb) = (w, near);
                break;
            } else if near > fb {
                (xc, fc) = (w, near);
                break;
            }
            w = xc + GOLD * (xc - xb);
            fw = f(w);
        } else if (w - limit) * (limit - xc) >= 0.0 {
            w = limit;
            fw = f(w);
        } else if (w - limit) * (xc - w) > 0.0 {
            let far = f(w);
            if far < fc {
                (xb, fb) = (xc, fc);
                (xc, fc) = (w, far);
                w = xc + GOLD * (xc - xb);
                fw = f(w);
            } else {
                fw = far;
            }
        } else {
            w = xc + GOLD * (xc - xb);
            fw = f(w);
        }
        (xa, fa) = (xb, fb);
        (xb, fb) = (xc, fc);
        (xc, fc) = (w, fw);
    }
    let lowest = (fb < fc && fb <= fa) || (fb < fa && fb <= fc);
    let ordered = (xa < xb && xb < xc) || (xc < xb && xb < xa);
    let finite = xa.is_finite() && xb.is_finite() && xc.is_finite();
    (lowest && ordered && finite).then_some(Bracket {
        x: [xa, xb, xc],
        f_middle: fb,
    })
}

/// The minimum of `f`, looked for from `a` and `b` on; `None` if none is
/// found downhill from there.
pub(in crate::pipeline) fn unbounded(f: impl Fn(f64) -> f64, a: f64, b: f64) -> Option<f64> {
    const TOLERANCE: f64 = 1.48e-8;
    const SMALLEST: f64 = 1e-11;
    const GOLDEN: f64 = 0.381_966_0;
    let Bracket {
        x: [xa, xb, xc],
        f_middle,
    } = bracket(&f, a, b)?;
    let (mut low, mut high) = if xa < xc { (xa, xc) } else { (xc, xa) };
    let (mut x, mut w, mut v) = (xb, xb, xb);
    let (mut fx, mut fw, mut fv) = (f_middle, f_middle, f_middle);
    let (mut delta, mut step) = (0.0_f64, 0.0_f64);
    for _ in 0..MAX_CALLS {
        let tol1 = TOLERANCE * x.abs() + SMALLEST;
        let tol2 = 2.0 * tol1;
        let middle = 0.5 * (low + high);
        if (x - middle).abs() < tol2 - 0.5 * (high - low) {
            break;
        }
        let mut section = true;
        if delta.abs() > tol1 {
            let tmp1 = (x - w) * (fx - fv);
            let mut tmp2 = (x - v) * (fx - fw);
            let mut p = (x - v) * tmp2 - (x - w) * tmp1;
            tmp2 = 2.0 * (tmp2 - tmp1);
            if tmp2 > 0.0 {
                p = -p;
            }
            tmp2 = tmp2.abs();
            let before = delta;
            delta = step;
            let inside = p > tmp2 * (low - x) && p < tmp2 * (high - x);
            if inside && p.abs() < (0.5 * tmp2 * before).abs() {
                section = false;
                step = p / tmp2;
                let u = x + step;
                if u - low < tol2 || high - u < tol2 {
                    step = if middle - x >= 0.0 { tol1 } else { -tol1 };
                }
            }
        }
        if section {
            delta = if x >= middle { low - x } else { high - x };
            step = GOLDEN * delta;
        }
        let u = if step.abs() < tol1 {
            if step >= 0.0 { x + tol1 } else { x - tol1 }
        } else {
            x + step
        };
        let fu = f(u);
        if fu > fx {
            if u < x {
                low = u;
            } else {
                high = u;
            }
            if fu <= fw || w == x {
                (v, fv) = (w, fw);
                (w, fw) = (u, fu);
            } else if fu <= fv || v == x || v == w {
                (v, fv) = (u, fu);
            }
        } else {
            if u >= x {
                low = x;
            } else {
                high = x;
            }
            (v, fv) = (w, fw);
            (w, fw) = (x, fx);
            (x, fx) = (u, fu);
        }
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quartic(x: f64) -> f64 {
        let off = x - 0.7;
        off * off * off * off - 0.3 * off + 0.01 * x * x
    }

    /// scipy 1.17's `fminbound` and `brent`.
    #[test]
    fn minima_are_scipys_to_the_bit() {
        assert_eq!(bounded(quartic, -3.0, 5.0, 1.48e-8), BOUNDED);
        assert_eq!(unbounded(quartic, -2.0, 2.0), Some(UNBOUNDED));
        assert_eq!(bounded(|x| x, 1.0, 2.0, 1e-5), AT_THE_BOUND);
    }
    const BOUNDED: f64 = 1.1110360858156076;
    const UNBOUNDED: f64 = 1.1110360874652239;
    const AT_THE_BOUND: f64 = 1.0000059608609866;

    #[test]
    fn what_falls_for_ever_has_no_minimum() {
        assert_eq!(unbounded(|x| -x, -2.0, 2.0), None);
        assert_eq!(unbounded(|_| f64::NAN, -2.0, 2.0), None);
    }
}
