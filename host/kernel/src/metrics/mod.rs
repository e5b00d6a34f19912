//! What is measured of this process since it began: how long calls took, how many run, and what came of effects.
//!
//! All of it is counted in memory, by additions alone. The labels are the host's own words (surfaces, egresses, outcomes), so that
//! no caller can make them grow; what is counted of each tool is in [`tally`](crate::tally).

mod calls;
mod durations;
mod effects;

pub(crate) use calls::{CallMetrics, RunningCall};
pub use durations::Spread;
pub(crate) use effects::EffectMetrics;
pub use effects::{EffectCounts, SentAs};

use crate::surface::Surface;

/// What was measured, at one moment.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Calls that run now, nested ones too.
    pub running: u64,
    /// How long calls took, by the way in.
    pub calls: Vec<(Surface, Spread)>,
    /// What came of effects, by egress.
    pub effects: Vec<(&'static str, EffectCounts)>,
}
