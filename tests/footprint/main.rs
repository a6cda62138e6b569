//! What scanning and many instances cost, in a process where nothing else runs: threads, memory and (printed, not
//! judged) time.

use solferino_tests::{Bundle, SOLFERINO_ID, Setup, memory_in_use};
use std::error::Error;
use std::fs;
use std::time::Instant;

const INSTANCES: usize = 100;
const MEBIBYTE: f64 = 1_048_576.0;
/// The most that one instance may need, everything included.
const FIRST_INSTANCE: f64 = 150.0;
/// The most that each further instance may need.
const FURTHER_INSTANCE: f64 = 5.0;

fn main() -> Result<(), Box<dyn Error>> {
    if !fs::exists("/proc/self/task")? {
        println!("no /proc on this system: nothing is measured");
        return Ok(());
    }
    let path = Bundle::find()?;
    let (memory, threads) = (resident()?, count_threads()?);
    let mut table = Table(Instant::now());

    let bundle = Bundle::load(&path)?;
    assert_eq!(bundle.plugins().len(), 2);
    table.row("scan", memory)?;
    assert_eq!(count_threads()?, threads, "scanning started a thread");

    let mut instances = vec![bundle.instance(SOLFERINO_ID)?];
    let first = table.row("first instance", memory)?;
    // The framework starts one thread of its own.
    assert!(count_threads()? <= threads + 1, "an instance started {} threads", count_threads()? - threads);

    for _ in 1..INSTANCES {
        instances.push(bundle.instance(SOLFERINO_ID)?);
    }
    let all = table.row("100 instances", memory)?;
    for instance in &mut instances {
        instance.activate(Setup { sample_rate: 48_000.0, max_frames: 512 })?;
        instance.process(None, &[], 512)?;
    }
    table.row("100 active instances", memory)?;
    let each = (all - first) / (INSTANCES - 1) as f64;
    println!("each further instance {each:.2} MiB, {} threads", count_threads()? - threads);
    assert!(first <= FIRST_INSTANCE, "the first instance needs {first:.1} MiB, at most {FIRST_INSTANCE} are allowed");
    assert!(each <= FURTHER_INSTANCE, "an instance needs {each:.2} MiB, at most {FURTHER_INSTANCE} are allowed");

    drop(instances);
    table.row("all gone", memory)?;
    println!("1 passed, 0 failed");
    Ok(())
}

struct Table(Instant);

impl Table {
    /// Prints the time since the last row and the memory beyond `base`, in MiB; the latter.
    fn row(&mut self, name: &str, base: f64) -> Result<f64, Box<dyn Error>> {
        let memory = resident()? - base;
        println!("{name:<22} {:>8.2} ms {memory:>8.2} MiB", self.0.elapsed().as_secs_f64() * 1e3);
        self.0 = Instant::now();
        Ok(memory)
    }
}

/// Memory in use, in MiB.
fn resident() -> Result<f64, Box<dyn Error>> {
    #[expect(clippy::cast_precision_loss, reason = "a size of some megabytes")]
    let bytes = memory_in_use()? as f64;
    Ok(bytes / MEBIBYTE)
}

fn count_threads() -> Result<usize, Box<dyn Error>> {
    Ok(fs::read_dir("/proc/self/task")?.count())
}
