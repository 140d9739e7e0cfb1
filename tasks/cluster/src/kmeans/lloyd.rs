//! The nearest centre, by looking at all.

use pleat_num::product::{Matrix, Packed};

use crate::points::{Points, norm};

/// Puts the nearest centre of each point in its place, the first of equal
/// ones. Squares of the points themselves are left out, as they are the same
/// for all centres.
pub fn nearest(points: &Points, centres: &[f64], labels: &mut [u32]) {
    let width = points.width();
    let norms: Vec<f64> = centres.chunks_exact(width).map(norm).collect();
    let packed = Packed::new(Matrix::row_major(centres, width));
    points.products(&packed, |rows, products| {
        let products = products.chunks_exact(norms.len());
        for (products, label) in products.zip(&mut labels[rows]) {
            let mut least = f64::INFINITY;
            for (i, (product, norm)) in (0..).zip(products.iter().zip(&norms)) {
                let distance = norm - 2.0 * product;
                if distance < least || i == 0 {
                    (least, *label) = (distance, i);
                }
            }
        }
    });
}
