//! StandardScaler: columns with mean 0 and variance 1.

use serde::{Deserialize, Serialize};

use super::{Fit, FitOn, Step, column_total, map_numbers};
use crate::data::Frame;
use crate::params::ParamInfo;
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) struct StandardScaler {
    with_mean: bool,
    with_std: bool,
}

/// Mean and scale of each column, as far as they are used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    mean: Option<Numbers>,
    scale: Option<Numbers>,
}

impl Step for StandardScaler {
    const NAME: &'static str = "StandardScaler";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        vec![
            settings::flag("with_mean", true, "whether columns are centred"),
            settings::flag(
                "with_std",
                true,
                "whether columns are scaled to unit variance",
            ),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        Ok(Self {
            with_mean: settings.bool("with_mean"),
            with_std: settings.bool("with_std"),
        })
    }

    fn is_row_fitted(&self) -> bool {
        self.with_mean || self.with_std
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::numbers(x)?;
        Ok(x.to_vec())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        let columns = x.numbers()?;
        let weights = on.weights.map(|w| on.pick(w));
        let of_column = |column: &&[f64]| {
            let rows = on.pick(column);
            match &weights {
                None => fit(&rows, columns.len()),
                Some(weights) => fit_weighted(&rows, weights),
            }
        };
        let fitted: Vec<(f64, f64)> = columns.iter().map(of_column).collect();
        let (mean, scale): (Vec<f64>, Vec<f64>) = fitted.into_iter().unzip();
        Ok(Fitted {
            mean: self.with_mean.then(|| mean.into()),
            scale: self.with_std.then(|| scale.into()),
        })
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let of = |numbers: &Option<Numbers>, i: usize| numbers.as_ref().map(|n| n.get(i).copied());
        map_numbers(x, |i, value| {
            let centred = match of(&self.mean, i) {
                Some(mean) => value - mean.unwrap_or(f64::NAN),
                None => value,
            };
            match of(&self.scale, i) {
                Some(scale) => centred / scale.unwrap_or(f64::NAN),
                None => centred,
            }
        })
    }
}

/// Mean and scale by scikit-learn's corrected two-pass variance (Chan, Golub,
/// LeVeque), to the bit.
pub(super) fn fit(rows: &[f64], columns: usize) -> (f64, f64) {
    // Missing values count as nothing: not in the sums, not in their number.
    let count = rows.iter().filter(|x| !x.is_nan()).count() as f64;
    let total = |of: &dyn Fn(f64) -> f64| {
        let terms: Vec<f64> = rows.iter().map(|x| of(*x)).map(or_zero).collect();
        column_total(&terms, columns)
    };
    moments(total, count)
}

/// The same where rows have weights.
fn fit_weighted(rows: &[f64], weights: &[f64]) -> (f64, f64) {
    let total = |of: &dyn Fn(f64) -> f64| {
        let terms = rows.iter().zip(weights).map(|(x, w)| w * or_zero(of(*x)));
        terms.fold(0.0, |s, x| s + x)
    };
    let present = |x: f64| if x.is_nan() { f64::NAN } else { 1.0 };
    moments(total, total(&present))
}

fn or_zero(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x }
}

fn moments(total: impl Fn(&dyn Fn(f64) -> f64) -> f64, count: f64) -> (f64, f64) {
    let mean = total(&|x| x) / count;
    let correction = total(&|x| x - mean);
    let squares = total(&|x| (x - mean) * (x - mean));
    let variance = (squares - correction * correction / count) / count;
    let scale = if is_constant(variance, mean, count) {
        1.0
    } else {
        variance.sqrt()
    };
    (mean, scale)
}

/// Whether the variance is no more than what rounding alone makes of a
/// constant column.
pub(super) fn is_constant(variance: f64, mean: f64, count: f64) -> bool {
    let error = count * mean * f64::EPSILON;
    variance <= count * f64::EPSILON * variance + error * error
}

#[cfg(test)]
mod tests {
    use pleat_num::rng::RandomState;

    use super::*;
    use crate::data::FrameColumn;

    /// `RandomState(0).random_sample(n * columns) * 10 - 3`, row by row.
    fn sample(n: usize, columns: usize) -> Vec<Vec<f64>> {
        let mut rng = RandomState::new(0);
        let mut out = vec![Vec::new(); columns];
        for _ in 0..n {
            out.iter_mut()
                .for_each(|c| c.push(rng.double() * 10.0 - 3.0));
        }
        out
    }

    /// (rows, columns, bits of mean and scale of the last column) by
    /// scikit-learn 1.9.1.
    const SKLEARN: &[(usize, usize, u64, u64)] = &[
        (1, 1, 0x4003_e7b3_57ed_aea4, 0x3ff0_0000_0000_0000),
        (5, 1, 0x4005_5d67_f788_204b, 0x3fee_3996_caca_24bb),
        (9, 1, 0x400b_538f_b74e_d5f4, 0x3ffc_3d05_c503_5bb9),
        (150, 1, 0x4000_d28d_e78c_4579, 0x4006_5fca_5514_8960),
        (1000, 1, 0x3fff_58f2_3031_6e78, 0x4007_3f76_dabc_aa1c),
        (2, 2, 0x400a_6724_9575_2472, 0x3feb_3fbd_c3f0_b638),
        (9, 2, 0x4009_61ab_cf7a_c889, 0x4004_3cf6_dfc9_96a3),
        (120, 4, 0x3ffb_4712_0c2f_9ec7, 0x4008_9203_c4b4_6add),
        (1438, 64, 0x3ffe_6c24_3527_b55c, 0x4007_0e89_c4db_3914),
        (300, 8, 0x3fff_433e_cfc5_e01a, 0x4007_a0c6_9264_9996),
        (257, 16, 0x3ffd_7381_666d_14fa, 0x4006_bcb4_1491_3775),
    ];

    #[test]
    fn means_and_scales_are_scikit_learns_to_the_bit() {
        for &(rows, columns, mean, scale) in SKLEARN {
            let data = sample(rows, columns);
            let fitted = fit(&data[columns - 1], columns);
            assert_eq!(fitted.0.to_bits(), mean, "mean of {rows} x {columns}");
            assert_eq!(fitted.1.to_bits(), scale, "scale of {rows} x {columns}");
        }
    }

    /// Columns beside another one, as scikit-learn 1.9.1 fits them.
    #[test]
    fn nearly_constant_columns_are_not_blown_up() {
        let cases: &[(&[f64], f64, f64)] = &[
            (&[0.1; 10], 0.09999999999999999, 1.0),
            (&[10000000000.0; 3], 10000000000.0, 1.0),
            (
                &[10000000000.0, 10000000000.000002, 10000000000.0],
                10000000000.0,
                1.0,
            ),
            (&[1e-300, 2e-300], 1.5e-300, 1.0),
            (&[1.0, 1.0000000000000002], 1.0, 1.0),
            (&[5.0], 5.0, 1.0),
            (&[0.0, 0.0], 0.0, 1.0),
            (&[100000000.1; 7], 100000000.10000001, 1.0),
            (&[100000000.0, 100000001.0], 100000000.5, 0.5),
            (&[3.3; 100], 3.300000000000006, 1.0),
        ];
        for (rows, mean, scale) in cases {
            assert_eq!(fit(rows, 2), (*mean, *scale), "{rows:?}");
        }
    }

    fn made(scaler: StandardScaler, column: &[f64], train: &[u32]) -> Vec<f64> {
        let x = FrameColumn::numeric("a", column.to_vec());
        let x = Frame::new(column.len(), vec![x]).unwrap();
        let (fitted, made) = scaler.fit_transform(&x, &FitOn::rows(train)).unwrap();
        assert_eq!(fitted.transform(&x).unwrap(), made);
        made.numbers().unwrap()[0].to_vec()
    }

    #[test]
    fn missing_values_are_left_out_and_left_missing() {
        let scaler = StandardScaler {
            with_mean: true,
            with_std: true,
        };
        let out = made(scaler, &[1.0, f64::NAN, 3.0, 100.0], &[0, 1, 2]);
        assert_eq!(out[0], -1.0);
        assert!(out[1].is_nan());
        assert_eq!(out[2..], [1.0, 98.0]);
        let none = made(scaler, &[f64::NAN, f64::NAN], &[0, 1]);
        assert!(none.iter().all(|x| x.is_nan()));
    }

    #[test]
    fn either_half_can_be_left_out() {
        let out = |with_mean, with_std| {
            let scaler = StandardScaler {
                with_mean,
                with_std,
            };
            made(scaler, &[2.0, 6.0], &[0, 1])
        };
        assert_eq!(out(true, true), [-1.0, 1.0]);
        assert_eq!(out(true, false), [-2.0, 2.0]);
        assert_eq!(out(false, true), [1.0, 3.0]);
        assert_eq!(out(false, false), [2.0, 6.0]);
    }
}
