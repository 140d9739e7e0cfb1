//! What was solved, for problems that differ in their bounds alone.
//!
//! A search starts from zero and looks at a bound other than zero only to see
//! whether a variable is there, or would go beyond. So one that no variable
//! ever took to its bound goes, to the last bit, where it would go with any
//! other bounds beyond all that its variables ever were. It is not continued
//! from: it is the other search.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::gram::Gram;
use crate::lines::Held;
use crate::solver::{Problem, Rules, Solution, solve};

/// How many numbers of lines are held in all.
const MOST_HELD: usize = 1 << 22;

/// Searches over one matrix.
#[derive(Default)]
pub struct Paths {
    /// By where the problem's runs of rows begin.
    known: BTreeMap<[usize; 2], Known>,
    /// How many numbers are held in all.
    held: usize,
}

/// What is left of the searches over the same rows.
#[derive(Default)]
struct Known {
    /// The ones that met no bound.
    free: Vec<Path>,
    held: Held,
}

struct Path {
    problem: Problem,
    rules: Rules,
    solution: Rc<Solution>,
}

impl Paths {
    /// Solves a problem over the rows of a matrix, which must be the same each
    /// time.
    pub fn solve(&mut self, gram: &mut Gram, problem: Problem, rules: Rules) -> Rc<Solution> {
        let known = self.known.entry(problem.rows.clone().map(|run| run.start));
        let known = known.or_default();
        let like = |path: &&Path| path.is_of(&problem, rules);
        // One at most: the longer of two would be the shorter one too.
        if let Some(path) = known.free.iter().find(like)
            && path.solution.is_within(&problem.bounds)
        {
            return path.solution.clone();
        }
        self.held -= known.held.len();
        let solution = Rc::new(solve(gram, &mut known.held, &problem, rules));
        if self.held + known.held.len() > MOST_HELD {
            known.held = Held::default();
        }
        self.held += known.held.len();
        // What is not a number is not within anything, but is not seen there.
        if solution.is_finite() && solution.is_within(&problem.bounds) {
            known.free.push(Path {
                problem,
                rules,
                solution: solution.clone(),
            });
        }
        solution
    }
}

impl Path {
    /// Whether a problem is this one but for its bounds, and to be solved as
    /// far.
    fn is_of(&self, problem: &Problem, rules: Rules) -> bool {
        let mut slopes = self.problem.slopes.iter().zip(&problem.slopes);
        self.rules == rules
            && self.problem.rows == problem.rows
            && slopes.all(|(s, t)| s.to_bits() == t.to_bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gram::Source;
    use crate::kernel::Kernel;
    use pleat_guest::{Dataset, Rows, native};
    use pleat_num::rng::RandomState;

    /// Costs around the highest value of any variable, up and down: each
    /// answer is a lone search's to the bit, and known where no bound is met.
    #[test]
    fn a_search_is_known_where_it_meets_no_bound() {
        let mut rng = RandomState::new(3);
        let rows: Vec<[f64; 2]> = (0..60)
            .map(|_| std::array::from_fn(|_| rng.uniform(-2.0, 2.0)))
            .collect();
        let slopes: Vec<f64> = (0..60).map(|i| if i < 25 { 1.0 } else { -1.0 }).collect();
        let weights: Vec<f64> = (0..60).map(|_| rng.uniform(0.5, 3.0)).collect();
        let data = Dataset::new(native::data(&rows)).unwrap();
        let order: Vec<u32> = (0..60).collect();
        let train = Rows::new(&data, &order).unwrap();
        let gram = || {
            let source = Source::new(&train, order.clone());
            Gram::new(source, Kernel::Rbf { gamma: 3.0 }, 1.0)
        };
        let problem = |cost: f64| Problem {
            rows: [0..25, 25..60],
            bounds: slopes
                .iter()
                .zip(&weights)
                .map(|(s, w)| s * (w * cost))
                .collect(),
            slopes: slopes.clone(),
        };
        for (tol, shrinking) in [(1e-3, true), (1e-9, true), (1e-9, false)] {
            let rules = Rules {
                tol,
                shrinking,
                max_iter: None,
            };
            let alone = |cost| solve(&mut gram(), &mut Held::default(), &problem(cost), rules);
            let free = alone(1e6);
            assert!(free.is_within(&problem(1e6).bounds));
            // The least cost at which a bound is met by nobody.
            let needed = free.furthest.iter().zip(&weights).map(|(b, w)| b / w);
            let needed = needed.fold(0.0, f64::max);
            let (mut low, mut high) = (needed * 0.999, needed * 1.001);
            while low.next_up() < high {
                let middle = low + (high - low) / 2.0;
                match free.is_within(&problem(middle).bounds) {
                    true => high = middle,
                    false => low = middle,
                }
            }
            let costs = [0.01, needed / 2.0, low, high, needed * 2.0, 1e6, f64::MAX];
            for order in [
                [0, 1, 2, 3, 4, 5, 6],
                [6, 5, 4, 3, 2, 1, 0],
                [4, 0, 6, 2, 5, 1, 3],
            ] {
                let (mut gram, mut paths) = (gram(), Paths::default());
                let mut known: Option<Rc<Solution>> = None;
                for cost in order.map(|i: usize| costs[i]) {
                    let solution = paths.solve(&mut gram, problem(cost), rules);
                    let alone = alone(cost);
                    let bits = |s: &Solution| {
                        let all = s.b.iter().chain([&s.rho]).map(|x| x.to_bits());
                        (all.collect::<Vec<u64>>(), s.converged)
                    };
                    assert_eq!(bits(&solution), bits(&alone), "{cost} in {order:?}");
                    let same = known.as_ref().is_some_and(|k| Rc::ptr_eq(k, &solution));
                    assert_eq!(same, known.is_some() && cost >= high, "{cost} in {order:?}");
                    if cost >= high {
                        known = Some(solution);
                    }
                }
                // Of other slopes nothing is known, nor of other rules.
                let mut others = problem(1e6);
                others.slopes[7] = 0.5;
                let other = paths.solve(&mut gram, others, rules);
                assert!(!Rc::ptr_eq(known.as_ref().unwrap(), &other));
                let max_iter = Some(5);
                let cut = paths.solve(&mut gram, problem(1e6), Rules { max_iter, ..rules });
                assert!(!cut.converged);
            }
        }
    }
}
