//! All three who ask through this crate, against a server of this machine.

mod answers;
mod places;
mod secrets;
mod world;
