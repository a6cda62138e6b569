//! Sources: the clips that tools start from.

use crate::TakeId;
use crate::chunk::Unknown;
use solferino_score::Clip;
use std::sync::Arc;

/// A clip in a slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The clip, its values within their ranges.
    pub clip: Arc<Clip>,
    /// The take it was, if it was one.
    pub origin: Option<TakeId>,
    pub(crate) unknown: Unknown,
}
