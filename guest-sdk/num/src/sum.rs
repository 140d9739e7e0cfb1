//! Sums, means and deviations with numpy's bits.
//!
//! numpy does not add from left to right: from eight values on it keeps eight
//! running sums, and halves what is longer than a block. A plain loop differs
//! in the last bits, which is enough to break a tie between two candidates.

/// Longest run that is summed without halving.
const BLOCK: usize = 128;

/// `np.sum` of contiguous values.
#[must_use]
pub fn pairwise(values: &[f64]) -> f64 {
    // The identity comes first: an all-negative-zero sum is +0.
    0.0 + halves(values)
}

fn halves(values: &[f64]) -> f64 {
    let n = values.len();
    if n > BLOCK {
        let mut half = n / 2;
        half -= half % 8;
        let (left, right) = values.split_at(half);
        return halves(left) + halves(right);
    }
    let mut eights = values.chunks_exact(8);
    let Some(first) = eights.next() else {
        return values.iter().fold(-0.0, |sum, x| sum + x);
    };
    let mut r = [0.0; 8];
    r.copy_from_slice(first);
    for eight in &mut eights {
        for (sum, x) in r.iter_mut().zip(eight) {
            *sum += x;
        }
    }
    let sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    eights.remainder().iter().fold(sum, |sum, x| sum + x)
}

/// `np.mean`, which is `np.average` without weights; NaN for no values.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    pairwise(values) / values.len() as f64
}

/// `np.std` with its default `ddof=0`; NaN for no values.
#[must_use]
pub fn std(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: Vec<f64> = values.iter().map(|x| (x - centre) * (x - centre)).collect();
    mean(&squares).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `RandomState(0).random_sample(n) * 100 - 30`.
    fn sample(n: usize) -> Vec<f64> {
        let mut rng = crate::rng::RandomState::new(0);
        (0..n).map(|_| rng.double() * 100.0 - 30.0).collect()
    }

    /// (n, bits of np.sum, np.mean, np.std) by numpy 2.4.6.
    const NUMPY: &[(usize, u64, u64, u64)] = &[
        (
            1,
            0x4038_e1a0_2de9_1a4c,
            0x4038_e1a0_2de9_1a4c,
            0x0000_0000_0000_0000,
        ),
        (
            2,
            0x4050_999e_4d7d_b033,
            0x4040_999e_4d7d_b033,
            0x4020_a338_da24_8c34,
        ),
        (
            3,
            0x4058_2b4d_d16c_0b76,
            0x4040_1cde_8b9d_5cf9,
            0x401b_b908_f1f3_9470,
        ),
        (
            7,
            0x4066_bc1d_2003_1d75,
            0x4039_fb8f_0003_8f61,
            0x4023_993f_bd59_cff1,
        ),
        (
            8,
            0x406e_21c9_9139_ccde,
            0x403e_21c9_9139_ccde,
            0x402c_9a87_60ad_38a0,
        ),
        (
            9,
            0x4073_36c1_0ce3_6e70,
            0x4041_1439_d291_45b9,
            0x4031_a623_9b22_1954,
        ),
        (
            15,
            0x407c_64bc_6f96_a543,
            0x403e_4951_8818_27bf,
            0x4036_ad24_3895_41f7,
        ),
        (
            16,
            0x407b_1024_98d8_47a7,
            0x403b_1024_98d8_47a7,
            0x4039_41d8_7381_53ba,
        ),
        (
            17,
            0x4079_507e_0d79_ed9e,
            0x4037_d349_7618_672b,
            0x403b_b710_af6e_fdbd,
        ),
        (
            50,
            0x4092_974d_67d3_7c6b,
            0x4037_cbe8_32fa_38db,
            0x403b_3a01_4c0e_c165,
        ),
        (
            127,
            0x40a3_d89f_9492_31f3,
            0x4034_00a0_d63e_af52,
            0x403c_72f6_a90e_8951,
        ),
        (
            128,
            0x40a3_d8f0_3602_18d3,
            0x4033_d8f0_3602_18d3,
            0x403c_643c_06f5_1cd3,
        ),
        (
            129,
            0x40a4_20f9_1899_4bf8,
            0x4033_f907_0a84_4371,
            0x403c_511a_de39_07d2,
        ),
        (
            136,
            0x40a4_c743_a20d_19f2,
            0x4033_8e5d_c5b1_fa4d,
            0x403b_e7eb_a72e_6cb9,
        ),
        (
            255,
            0x40b3_a86c_d109_fb96,
            0x4033_bc28_fa03_ff96,
            0x403c_59cd_3db8_4d8a,
        ),
        (
            256,
            0x40b3_92c4_6e4f_d934,
            0x4033_92c4_6e4f_d934,
            0x403c_69b5_40ab_38b5,
        ),
        (
            257,
            0x40b3_abfc_8ee1_fe9e,
            0x4033_9864_2ab7_4757,
            0x403c_5c19_c7a9_dd8d,
        ),
        (
            500,
            0x40c3_32f0_e7c6_9e6a,
            0x4033_a8e6_4d98_2f87,
            0x403d_257d_de8a_0439,
        ),
        (
            1000,
            0x40d3_2209_d1ea_2bac,
            0x4033_9797_5e1e_e50a,
            0x403d_0f54_916b_d4a1,
        ),
        (
            1797,
            0x40e1_e0f0_73ae_9920,
            0x4034_603b_c739_3cf9,
            0x403d_7880_8b3a_7d97,
        ),
        (
            10007,
            0x4107_fdb0_35c1_bee7,
            0x4033_a3c0_6bdc_1449,
            0x403c_f6c8_7a88_9b63,
        ),
    ];

    #[test]
    fn sums_are_numpys_to_the_bit() {
        for &(n, sum, average, deviation) in NUMPY {
            let values = sample(n);
            assert_eq!(pairwise(&values).to_bits(), sum, "sum of {n}");
            assert_eq!(mean(&values).to_bits(), average, "mean of {n}");
            assert_eq!(std(&values).to_bits(), deviation, "std of {n}");
        }
    }

    #[test]
    fn nothing_has_no_mean() {
        assert_eq!(pairwise(&[]).to_bits(), 0.0_f64.to_bits());
        assert_eq!(pairwise(&[-0.0]).to_bits(), 0.0_f64.to_bits());
        assert!(mean(&[]).is_nan());
        assert!(std(&[]).is_nan());
    }
}
