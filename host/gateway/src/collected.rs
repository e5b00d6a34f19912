//! Bodies, read whole and up to a bound.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use tower_http::timeout::TimeoutError;

/// Bytes beyond the bound that are read and thrown away before the refusal is sent: whoever still sends doesn't read it.
const MAX_DRAINED: usize = 16 * 1024 * 1024;

/// Why a body isn't there.
pub(crate) enum Uncollected {
    TooLarge,
    TooSlow,
    BrokeOff,
}

/// Reads a body of at most so many bytes.
pub(crate) async fn collect(mut body: Body, max: usize) -> Result<Bytes, Uncollected> {
    let mut collected = BytesMut::new();
    let mut left = max + MAX_DRAINED;
    while let Some(frame) = body.frame().await {
        let data = match frame.map(Frame::into_data) {
            Ok(Ok(data)) => data,
            // Trailers say nothing here.
            Ok(Err(_)) => continue,
            Err(error) if caused_by::<TimeoutError>(&error) => return Err(Uncollected::TooSlow),
            Err(_) => return Err(Uncollected::BrokeOff),
        };
        left = left.checked_sub(data.len()).ok_or(Uncollected::TooLarge)?;
        if left >= MAX_DRAINED {
            collected.extend_from_slice(&data);
        }
    }
    if left < MAX_DRAINED { Err(Uncollected::TooLarge) } else { Ok(collected.freeze()) }
}

fn caused_by<E: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<E>())
}
