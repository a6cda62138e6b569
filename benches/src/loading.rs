//! The plug-in in a host before anything is generated: scanning, instances, memory, size on disk.
//!
//! Must run before other groups: memory is that of this process.

use crate::table::{Table, Timing, time_cold};
use solferino_tests::{Bundle, SOLFERINO_ID, Setup, memory_in_use};
use std::fs;
use std::time::{Duration, Instant};

const INSTANCES: usize = 20;
const MEBIBYTE: f64 = 1_048_576.0;

/// Scan, instantiate, memory, and the size of the library, which is all that a bundle holds but for a few text files.
pub fn rows(table: &mut Table) -> Result<(), String> {
    let path = Bundle::find().map_err(text)?;
    let before = memory()?;
    let start = Instant::now();
    let bundle = Bundle::load(&path).map_err(text)?;
    let plugins = bundle.plugins().len();
    let scan = start.elapsed();
    if plugins != 2 {
        return Err(format!("{} offers {plugins} plug-ins, not 2", path.display()));
    }
    table.judge("scan", Timing { median: scan, best: scan }, Duration::from_millis(20));

    let mut instances = Vec::new();
    let mut active = || {
        let mut instance = bundle.instance(SOLFERINO_ID)?;
        instance.activate(Setup { sample_rate: 48_000.0, max_frames: 512 })?;
        instances.push(instance);
        Ok(())
    };
    let mut instantiate = || {
        let start = Instant::now();
        active().map_err(|error: solferino_tests::HostError| error.to_string())?;
        Ok(start.elapsed())
    };
    let once = instantiate()?;
    table.judge("the first instance, active", Timing { median: once, best: once }, Duration::from_millis(30));
    let first = memory()?;
    table.judge("an instance, active", time_cold(INSTANCES, &mut instantiate)?, Duration::from_millis(30));
    let each = (memory()? - first) / INSTANCES as f64;
    table.judge_mebibytes("memory of the first instance", first - before, 150.0);
    table.judge_mebibytes("memory of each further instance", each, 5.0);
    #[expect(clippy::cast_precision_loss, reason = "a size of some megabytes")]
    let size = fs::metadata(&path).map_err(text)?.len() as f64;
    table.judge_mebibytes("the library on disk", size / MEBIBYTE, 60e6 / MEBIBYTE);
    Ok(())
}

/// In MiB; 0 where the system does not tell.
fn memory() -> Result<f64, String> {
    #[expect(clippy::cast_precision_loss, reason = "a size of some megabytes")]
    let bytes = memory_in_use().map_err(text)? as f64;
    Ok(bytes / MEBIBYTE)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
