//! StandardScaler: columns with mean 0 and variance 1.

use pleat_num::sum;

use crate::data::Matrix;
use crate::params::ParamInfo;
use crate::settings::{self, Settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) struct StandardScaler {
    with_mean: bool,
    with_std: bool,
}

/// Mean and scale of one column.
#[derive(Debug, PartialEq)]
struct Fitted {
    mean: f64,
    scale: f64,
}

impl StandardScaler {
    pub(super) const NAME: &str = "StandardScaler";

    pub(super) fn params() -> Vec<ParamInfo> {
        vec![
            settings::flag("with_mean", true, "whether columns are centred"),
            settings::flag(
                "with_std",
                true,
                "whether columns are scaled to unit variance",
            ),
        ]
    }

    pub(super) fn read(settings: &Settings) -> Self {
        Self {
            with_mean: settings.bool("with_mean"),
            with_std: settings.bool("with_std"),
        }
    }

    pub(super) fn is_row_fitted(self) -> bool {
        self.with_mean || self.with_std
    }

    pub(super) fn fit_transform(self, x: &Matrix, train: &[u32]) -> Matrix {
        if !self.is_row_fitted() {
            return x.clone();
        }
        let mut out = Vec::with_capacity(x.values().len());
        for column in x.iter_columns() {
            let rows: Vec<f64> = train.iter().map(|row| column[*row as usize]).collect();
            let Fitted { mean, scale } = fit(&rows, x.columns());
            out.extend(column.iter().map(|value| {
                let centred = if self.with_mean { value - mean } else { *value };
                if self.with_std {
                    centred / scale
                } else {
                    centred
                }
            }));
        }
        // One value was written for each that was read.
        Matrix::new(x.rows(), x.columns(), out).unwrap_or_else(|| x.clone())
    }
}

/// scikit-learn's corrected two-pass variance (Chan, Golub, LeVeque), to the
/// bit: it sums a matrix row by row, so from left to right within a column,
/// unless the column is the only one.
fn fit(rows: &[f64], columns: usize) -> Fitted {
    let total = |values: &[f64]| {
        if columns == 1 {
            sum::pairwise(values)
        } else {
            values.iter().fold(0.0, |s, x| s + x)
        }
    };
    // Missing values count as nothing: not in the sums, not in their number.
    let count = rows.iter().filter(|x| !x.is_nan()).count() as f64;
    let filled = |x: f64| if x.is_nan() { 0.0 } else { x };
    let present: Vec<f64> = rows.iter().map(|x| filled(*x)).collect();
    let mean = total(&present) / count;
    let off: Vec<f64> = rows.iter().map(|x| filled(x - mean)).collect();
    let squares: Vec<f64> = off.iter().map(|d| d * d).collect();
    let correction = total(&off);
    let variance = (total(&squares) - correction * correction / count) / count;
    let scale = if is_constant(variance, mean, count) {
        1.0
    } else {
        variance.sqrt()
    };
    Fitted { mean, scale }
}

/// Whether the variance is no more than what rounding alone makes of a
/// constant column.
fn is_constant(variance: f64, mean: f64, count: f64) -> bool {
    let error = count * mean * f64::EPSILON;
    variance <= count * f64::EPSILON * variance + error * error
}

#[cfg(test)]
mod tests {
    use pleat_num::rng::RandomState;

    use super::*;

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
            assert_eq!(fitted.mean.to_bits(), mean, "mean of {rows} x {columns}");
            assert_eq!(fitted.scale.to_bits(), scale, "scale of {rows} x {columns}");
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
            assert_eq!(
                fit(rows, 2),
                Fitted {
                    mean: *mean,
                    scale: *scale
                },
                "{rows:?}"
            );
        }
    }

    #[test]
    fn missing_values_are_left_out_and_left_missing() {
        let x = Matrix::new(4, 1, vec![1.0, f64::NAN, 3.0, 100.0]).unwrap();
        let scaler = StandardScaler {
            with_mean: true,
            with_std: true,
        };
        let out = scaler.fit_transform(&x, &[0, 1, 2]);
        assert_eq!(out.values()[0], -1.0);
        assert!(out.values()[1].is_nan());
        assert_eq!(out.values()[2..], [1.0, 98.0]);
        let none = Matrix::new(2, 1, vec![f64::NAN, f64::NAN]).unwrap();
        assert!(
            scaler
                .fit_transform(&none, &[0, 1])
                .values()
                .iter()
                .all(|x| x.is_nan())
        );
    }

    #[test]
    fn either_half_can_be_left_out() {
        let x = Matrix::new(2, 1, vec![2.0, 6.0]).unwrap();
        let out = |with_mean, with_std| {
            StandardScaler {
                with_mean,
                with_std,
            }
            .fit_transform(&x, &[0, 1])
            .into_values()
        };
        assert_eq!(out(true, true), [-1.0, 1.0]);
        assert_eq!(out(true, false), [-2.0, 2.0]);
        assert_eq!(out(false, true), [1.0, 3.0]);
        assert_eq!(out(false, false), [2.0, 6.0]);
    }
}
