//! Lines that minimise a smooth function of how far they are from each row:
//! [`huber`] and [`tweedie`] are two such functions, [`columns`] what they have
//! in common, and [`newton`] minimises either.

pub mod columns;
pub mod huber;
pub mod newton;
pub mod tweedie;
