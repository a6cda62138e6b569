//! Takes: results, and how they came about.

use crate::Slot;
use crate::chunk::Unknown;
use solferino_models::Seed;
use solferino_score::Clip;
use solferino_tools::{Made, ModelUsed, Request, Scope};
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
    /// The music.
    pub made: Arc<Made>,
    /// How it came about.
    pub provenance: Arc<Provenance>,
    pub(crate) unknown: Unknown,
}

impl Take {
    /// The clip as it leaves Solferino, under the take's name.
    #[must_use]
    pub fn clip(&self, scope: Scope) -> Clip {
        Clip { name: self.name.clone(), ..self.made.scoped(scope).into_owned() }
    }
}

/// How a take came about; with the models' files and the parent clips, enough to make it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// The tool and what was asked of it.
    pub tool: Asked,
    /// The models that made it.
    pub models: Vec<ModelUsed>,
    /// What it was made from, in the tool's order.
    pub parents: Vec<Parent>,
    /// Which take of the request it is, counted from 0.
    pub number: u32,
}

impl Provenance {
    /// The seed of the request.
    #[must_use]
    pub fn seed(&self) -> Option<Seed> {
        match &self.tool {
            Asked::Known(request) => Some(request.common.seed),
            Asked::Unknown(_) => None,
        }
    }
}

/// A tool with its request.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// One that this version has.
    Known(Request),
    /// A tool that this version does not have, by its name; its request is kept for the version that does.
    Unknown(String),
}

impl Asked {
    /// What the tool is called in states.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Known(request) => request.tool.name(),
            Self::Unknown(name) => name,
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
