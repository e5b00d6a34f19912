//! The edge: what a request passes first, and what every answer has.

mod cors;
mod headers;
mod proxies;
mod rates;
mod wire;
