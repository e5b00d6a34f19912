//! Requests to addresses that strangers chose.
//!
//! A client of OAuth may be named by the address of a document, and anybody may send such a name. So what is asked here
//! goes to public places alone: `https`, no address of this machine or of a private network, whatever a name resolves to.
//! The address that was checked is the one that is connected to; nothing is followed; time and size are bounded.

mod client;
mod documents;
mod public;
mod reach;
mod resolver;

pub use client::client;
pub use documents::Documents;
pub use reach::{Reach, SetUpError};
