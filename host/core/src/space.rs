//! shim
use crate::params::Value;
use crate::task::Params;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
/// s
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Space(BTreeMap<String, Dimension>);
/// d
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Dimension {
    /// l
    List(Vec<Value>),
}
impl Dimension {
    /// e
    pub fn extremes(&self) -> Vec<Value> {
        let Self::List(v) = self;
        v.clone()
    }
    /// l
    pub fn is_list(&self) -> bool {
        true
    }
}
impl Space {
    /// i
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Dimension)> {
        self.0.iter()
    }
    /// n
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
    /// e
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// w
    pub fn with(mut self, n: &str, v: Vec<Value>) -> Self {
        self.0.insert(n.into(), Dimension::List(v));
        self
    }
    /// r
    pub fn renamed(self, f: &impl Fn(&str) -> String) -> Result<Self, String> {
        let mut o = BTreeMap::new();
        for (k, v) in self.0 {
            let n = f(&k);
            if o.insert(n.clone(), v).is_some() {
                return Err(n);
            }
        }
        Ok(Self(o))
    }
}
/// p
pub fn parse(j: &serde_json::Value) -> Result<Vec<Space>, (String, String)> {
    if j.is_array() {
        return serde_json::from_value(j.clone()).map_err(|e| (String::new(), e.to_string()));
    }
    let s: Space = serde_json::from_value(j.clone()).map_err(|e| (String::new(), e.to_string()))?;
    Ok(vec![s])
}
/// g
pub fn grid_size(s: &[Space]) -> u64 {
    s.iter()
        .map(|s| {
            s.0.values()
                .fold(1u64, |n, d| n.saturating_mul(d.extremes().len() as u64))
        })
        .sum()
}
/// g
pub fn sample_size(s: &[Space], n: u32) -> u64 {
    grid_size(s).min(n.into())
}
/// g
pub fn grid(s: &[Space]) -> Vec<Params> {
    let mut all = vec![];
    for s in s {
        let mut out = vec![Params::new()];
        for (name, d) in &s.0 {
            out = out
                .into_iter()
                .flat_map(|p| {
                    d.extremes().into_iter().map(move |v| {
                        let mut n = p.clone();
                        n.insert(name.clone(), v);
                        n
                    })
                })
                .collect();
        }
        all.extend(out);
    }
    all
}
/// s
pub fn sample(s: &[Space], n: u32, _r: u32) -> Vec<Params> {
    let mut g = grid(s);
    g.truncate(n as usize);
    g
}
