//! `solferino continue`.

use super::each;
use crate::arguments::ContinueArguments;
use crate::error::CliError;
use solferino_models::Library;
use solferino_tools::{Continue, Part, Request, Tool};

/// Continues a file, or every file of a folder.
pub fn run(library: &Library, wanted: &ContinueArguments) -> Result<(), CliError> {
    let tool = Tool::Continue(Continue {
        part: wanted.lane.map(Part::from),
        bars: wanted.bars,
        variation: wanted.variation / 100.0,
    });
    each(library, &wanted.input, &wanted.common, &Request { common: wanted.common.common(), tool })
}
