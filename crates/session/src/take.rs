//! Takes: results, and how they came about.

use crate::Slot;
use crate::chunk::Unknown;
use solferino_models::Seed;
use solferino_tools::{ContinueRequest, Continued, ModelUsed};
use std::sync::Arc;

/// A take's number: unique in its session, never given twice, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TakeId(pub u32);

/// One generated result.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// Its number.
    pub id: TakeId,
    /// Shown to people.
    pub name: String,
    /// Whether the user marked it.
    pub starred: bool,
    /// The music: the source and what is new.
    pub clip: Arc<Continued>,
    /// How it came about.
    pub provenance: Arc<Provenance>,
    pub(crate) unknown: Unknown,
}

/// How a take came about; with the model's file and the parent clip, enough to make it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// The tool and what was asked of it.
    pub tool: Tool,
    /// The model that made it.
    pub model: Option<ModelUsed>,
    /// What it was made from.
    pub parent: Option<Parent>,
    /// Which take of the request it is, counted from 0: the seed's stream.
    pub number: u32,
}

impl Provenance {
    /// The seed of the request.
    #[must_use]
    pub fn seed(&self) -> Option<Seed> {
        match &self.tool {
            Tool::Continue(request) => Some(request.seed),
            Tool::Other(_) => None,
        }
    }
}

/// A tool with its request.
#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    /// Continue.
    Continue(ContinueRequest),
    /// A tool that this version does not have, by its name; its request is kept for the version that does.
    Other(String),
}

impl Tool {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Continue(_) => "continue",
            Self::Other(name) => name,
        }
    }
}

/// What a take was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The slot.
    pub slot: Slot,
    /// The name of the clip in it.
    pub name: String,
    /// The take that the clip was, if it was one.
    pub take: Option<TakeId>,
}
