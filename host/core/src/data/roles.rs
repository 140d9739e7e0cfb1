//! shim
use super::{Table, Values};
/// g
pub fn groups(t: &Table, n: &str) -> Result<Vec<u32>, String> {
    let c = t
        .column(n)
        .ok_or_else(|| crate::params::unknown("column", n, &t.names()))?;
    match &c.values {
        Values::Text { codes, .. } => Ok(codes.to_vec()),
        Values::Numeric(v) => {
            let mut d = v.to_vec();
            d.sort_by(f64::total_cmp);
            d.dedup();
            Ok(v.iter()
                .map(|x| d.partition_point(|y| y < x) as u32)
                .collect())
        }
    }
}
/// g
pub fn weights(t: &Table, n: &str) -> Result<Vec<f64>, String> {
    let c = t
        .column(n)
        .ok_or_else(|| crate::params::unknown("column", n, &t.names()))?;
    match &c.values {
        Values::Numeric(v) => Ok(v.to_vec()),
        _ => Err("text".into()),
    }
}
/// g
pub fn test_fold(t: &Table, n: &str) -> Result<Vec<i64>, String> {
    Ok(weights(t, n)?.into_iter().map(|x| x as i64).collect())
}
