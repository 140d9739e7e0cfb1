//! The built-in tasks: components compiled by the build script and carried
//! inside this program.

use std::sync::OnceLock;

use pleat_core::digest::Digest;
use pleat_core::estimator::{Catalogue, ComponentInfo};

use crate::store::{CodeError, Store};

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// Every built-in component: its family, its digest, its bytes.
pub fn components() -> &'static [(&'static str, Digest, &'static [u8])] {
    static ALL: OnceLock<Vec<(&'static str, Digest, &'static [u8])>> = OnceLock::new();
    ALL.get_or_init(|| {
        COMPONENTS
            .iter()
            .map(|(name, bytes)| (*name, Digest::of(bytes), *bytes))
            .collect()
    })
}

/// The bytes of a built-in component.
#[must_use]
pub fn component(digest: &Digest) -> Option<&'static [u8]> {
    components()
        .iter()
        .find(|(_, d, _)| d == digest)
        .map(|(_, _, bytes)| *bytes)
}

/// What the built-in components say they offer.
///
/// # Errors
/// One cannot be compiled or asked on this machine.
pub async fn catalogue(store: &Store) -> Result<Catalogue, CodeError> {
    let mut catalogue = Catalogue::default();
    for (name, digest, bytes) in components() {
        let estimators = store.describe(digest, bytes).await?;
        catalogue.components.push(ComponentInfo {
            name: (*name).to_owned(),
            digest: *digest,
            estimators,
        });
    }
    Ok(catalogue)
}
