//! Timing, and the table of results.

use std::fmt;
use std::time::{Duration, Instant};

/// How long something takes: the median and the best of many runs.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Half of the runs were faster.
    pub median: Duration,
    /// The fastest run.
    pub best: Duration,
}

/// Runs `work` once to warm up, then up to `runs` times or for two seconds, and times each run.
pub fn time<T>(runs: usize, mut work: impl FnMut() -> Result<T, String>) -> Result<Timing, String> {
    work()?;
    time_cold(runs, || {
        let start = Instant::now();
        std::hint::black_box(work()?);
        Ok(start.elapsed())
    })
}

/// As [`time`], for work that times itself and needs no warming up.
pub fn time_cold(runs: usize, mut work: impl FnMut() -> Result<Duration, String>) -> Result<Timing, String> {
    let limit = Instant::now() + Duration::from_secs(2);
    let mut times = Vec::with_capacity(runs);
    while times.len() < runs.max(1) && (times.is_empty() || Instant::now() < limit) {
        times.push(work()?);
    }
    times.sort_unstable();
    Ok(Timing { median: times[times.len() / 2], best: times[0] })
}

/// A line of the table.
struct Row {
    what: String,
    median: String,
    best: String,
    bar: String,
    verdict: &'static str,
}

/// Results, in the order they were measured.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// A duration without a bar.
    pub fn note(&mut self, what: impl Into<String>, timing: Timing) {
        self.push(what.into(), show(timing.median), show(timing.best), String::new(), "");
    }

    /// A duration that must not be longer than `bar`.
    pub fn judge(&mut self, what: impl Into<String>, timing: Timing, bar: Duration) {
        let verdict = if timing.median <= bar { "met" } else { "MISSED" };
        self.push(what.into(), show(timing.median), show(timing.best), format!("≤ {}", show(bar)), verdict);
    }

    /// A ratio of two timings that must not be greater than `bar`.
    pub fn judge_ratio(&mut self, what: impl Into<String>, over: Timing, under: Timing, bar: f64) {
        let median = over.median.as_secs_f64() / under.median.as_secs_f64();
        let best = over.best.as_secs_f64() / under.best.as_secs_f64();
        let verdict = if median <= bar { "met" } else { "MISSED" };
        self.push(what.into(), format!("{median:.2}"), format!("{best:.2}"), format!("≤ {bar}"), verdict);
    }

    /// A size in MiB that must not be greater than `bar`.
    pub fn judge_mebibytes(&mut self, what: impl Into<String>, size: f64, bar: f64) {
        let verdict = if size <= bar { "met" } else { "MISSED" };
        self.push(what.into(), format!("{size:.2} MiB"), String::new(), format!("≤ {bar:.1} MiB"), verdict);
    }

    fn push(&mut self, what: String, median: String, best: String, bar: String, verdict: &'static str) {
        eprintln!("{what}: {median} {verdict}");
        self.rows.push(Row { what, median, best, bar, verdict });
    }
}

fn show(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1000.0 { format!("{micros:.1} µs") } else { format!("{:.2} ms", micros / 1000.0) }
}

impl fmt::Display for Table {
    /// A Markdown table with aligned columns.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head =
            Row { what: "what".into(), median: "median".into(), best: "best".into(), bar: "bar".into(), verdict: "" };
        let width = |column: fn(&Row) -> usize| self.rows.iter().chain([&head]).map(column).max().unwrap_or(0);
        let what = width(|row| row.what.chars().count());
        let median = width(|row| row.median.chars().count());
        let best = width(|row| row.best.chars().count());
        let bar = width(|row| row.bar.chars().count());
        for (number, row) in [&head].into_iter().chain(&self.rows).enumerate() {
            writeln!(
                formatter,
                "| {:what$} | {:>median$} | {:>best$} | {:>bar$} | {:6} |",
                row.what, row.median, row.best, row.bar, row.verdict
            )?;
            if number == 0 {
                writeln!(formatter, "|{:-<what$}--|{:->median$}-:|{:->best$}-:|{:->bar$}-:|--------|", "", "", "", "")?;
            }
        }
        Ok(())
    }
}
