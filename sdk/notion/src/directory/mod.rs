//! Names of people and titles of related pages: what has to be asked for them, and what they mean by what was answered.

mod pages;
mod people;
mod references;

pub use pages::{Pages, TitleQuery, Titled};
pub use people::{People, is_me};
pub use references::References;
