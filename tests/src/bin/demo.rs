//! `cargo xtask demo`: our own bundle in a headless host. A melody and a drum groove are continued and played; takes,
//! sound and pictures are left in a folder, and a summary is printed.

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use solferino_cli::roll::{Panel, draw};
use solferino_score::{Clip, midi};
use solferino_session::Take;
use solferino_tests::{Bundle, Instance, NoteOut, SOLFERINO_ID, Setup, Song, unclosed};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SAMPLE_RATE: u32 = 48_000;
const FRAMES: u32 = 64;
const BARS: usize = 8;
const TAKES: usize = 4;
const SEED: &str = "7";

/// Continue clips with the plug-in in a headless CLAP host, and leave takes, sound and pictures in a folder.
#[derive(Parser)]
struct Arguments {
    /// The .clap to load
    bundle: PathBuf,
    /// The MIDI files to continue
    #[arg(required = true)]
    clips: Vec<PathBuf>,
    /// Where the results go
    #[arg(long)]
    out: PathBuf,
}

/// What one clip gave.
struct Outcome {
    name: String,
    takes: Vec<Arc<Take>>,
    first: Duration,
    again: Duration,
    played: Played,
}

struct Played {
    notes: Vec<NoteOut>,
    seconds: f64,
    /// Fractions of a block's time, sorted.
    loads: Vec<f64>,
    peak: f32,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(&arguments.out)?;
    let steps = 2 + arguments.clips.len() as u64 * 4;
    let bar = ProgressBar::new(steps);
    if let Ok(style) = ProgressStyle::with_template("{pos:>2}/{len} {bar:30} {msg}") {
        bar.set_style(style);
    }
    let step = |message: String| {
        bar.set_message(message);
        bar.inc(1);
    };

    step("loading the bundle".into());
    let start = Instant::now();
    let bundle = Bundle::load(&arguments.bundle)?;
    let plugins = bundle.plugins();
    let scanned = start.elapsed();
    step("starting an instance".into());
    let start = Instant::now();
    drop(bundle.instance(SOLFERINO_ID)?);
    let instantiated = start.elapsed();

    let mut results = Vec::new();
    for path in &arguments.clips {
        results.push(continue_and_play(&bundle, path, &arguments.out, &step)?);
    }
    bar.finish_and_clear();

    let names: Vec<String> = plugins.iter().map(|plugin| format!("{} {}", plugin.name, plugin.version)).collect();
    println!("{} · {}", arguments.bundle.display(), names.join(", "));
    println!("scanned in {:.1} ms, an instance in {:.1} ms", milliseconds(scanned), milliseconds(instantiated));
    results.iter().for_each(print_result);
    println!("\nleft in {}:", arguments.out.display());
    let mut left: Vec<PathBuf> = fs::read_dir(&arguments.out)?.flatten().map(|entry| entry.path()).collect();
    left.sort();
    for file in left {
        println!("  {}", file.file_name().unwrap_or_default().to_string_lossy());
    }
    Ok(())
}

fn continue_and_play(
    bundle: &Bundle,
    path: &Path,
    out: &Path,
    step: &impl Fn(String),
) -> Result<Outcome, Box<dyn Error>> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut clip = midi::read(&fs::read(path)?)?.clip;
    if clip.name.is_empty() {
        clip.name.clone_from(&name);
    }
    let mut instance = bundle.instance(SOLFERINO_ID)?;
    instance.activate(Setup { sample_rate: f64::from(SAMPLE_RATE), max_frames: FRAMES })?;
    instance.give_source(&clip)?;
    instance.set(&[("continue-bars", "4"), ("takes", &TAKES.to_string()), ("temperature", "1.0"), ("seed", SEED)])?;

    step(format!("{name}: continuing, the first time"));
    let (takes, first) = instance.press_continue(TAKES)?;
    for (index, take) in takes.iter().enumerate() {
        let file = out.join(format!("{name}-take-{:02}.mid", index + 1));
        fs::write(file, midi::write(&take.made.clip)?)?;
    }
    step(format!("{name}: drawing"));
    fs::write(out.join(format!("{name}.png")), picture(&name, &clip, &takes).png()?)?;

    step(format!("{name}: playing {BARS} bars"));
    instance.set(&[("take", "1")])?;
    let played = play(&mut instance, &takes[0].made.clip, &out.join(format!("{name}-take-01.wav")))?;

    step(format!("{name}: continuing again"));
    let (_, again) = instance.press_continue(TAKES)?;
    Ok(Outcome { name, takes, first, again, played })
}

fn picture(name: &str, clip: &Clip, takes: &[Arc<Take>]) -> solferino_cli::roll::Canvas {
    let given = format!("{name}: the clip");
    let titles: Vec<String> = (1..=takes.len()).map(|number| format!("take {number}")).collect();
    let mut panels = vec![Panel { title: &given, clip, from: None }];
    panels.extend(titles.iter().zip(takes).map(|(title, take)| Panel {
        title,
        clip: &take.made.clip,
        from: Some(take.made.new_from()),
    }));
    draw(&panels)
}

/// Plays a take under a moving transport, then stops and lets it ring out.
fn play(instance: &mut Instance, clip: &Clip, wav: &Path) -> Result<Played, Box<dyn Error>> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(wav, spec)?;
    let mut song = Song::playing(clip.tempo.at(solferino_score::Ticks::ZERO).0, f64::from(SAMPLE_RATE));
    let meter = clip.meters.at(solferino_score::Ticks::ZERO);
    song.meter = (meter.numerator().into(), meter.denominator().into());
    let quarters = meter.bar().quarters() * BARS as f64;
    let mut played = Played { notes: Vec::new(), seconds: 0.0, loads: Vec::new(), peak: 0.0 };
    let ring_out = f64::from(SAMPLE_RATE) * 2.0;
    let mut rung = 0.0;
    while rung < ring_out {
        song.playing = song.position < quarters;
        rung += if song.playing { 0.0 } else { f64::from(FRAMES) };
        let start = Instant::now();
        let block = instance.process(Some(&song), &[], FRAMES)?;
        if song.playing {
            let block_time = f64::from(FRAMES) / f64::from(SAMPLE_RATE);
            played.loads.push(start.elapsed().as_secs_f64() / block_time);
            played.seconds += block_time;
        }
        played.notes.extend(&block.notes);
        for (&left, &right) in block.audio[0].iter().zip(&block.audio[1]) {
            played.peak = played.peak.max(left.abs()).max(right.abs());
            writer.write_sample(sample(left))?;
            writer.write_sample(sample(right))?;
        }
        song.advance(FRAMES);
    }
    writer.finalize()?;
    played.loads.sort_by(f64::total_cmp);
    Ok(played)
}

fn print_result(result: &Outcome) {
    let Outcome { name, takes, first, again, played } = result;
    let model = takes.first().and_then(|take| take.provenance.models.first());
    let model = model.map_or_else(String::new, |model| format!("model {} {:.12}, ", model.name, model.hash));
    let new: Vec<String> = takes.iter().map(|take| new_notes(take).to_string()).collect();
    println!("\n{name}: {model}seed {SEED}, {} takes of 4 bars, {} new notes", takes.len(), new.join(" + "));
    println!(
        "  from the trigger to the takes: {:.0} ms the first time (with loading the model), {:.0} ms after that",
        milliseconds(*first),
        milliseconds(*again)
    );
    println!(
        "  take 1 played for {BARS} bars ({:.1} s): {} notes out as MIDI, {} left sounding, peak {:.1} dB",
        played.seconds,
        played.notes.iter().filter(|note| note.velocity.is_some()).count(),
        unclosed(&played.notes).len(),
        20.0 * played.peak.max(1e-9).log10()
    );
    println!(
        "  real-time load at 48 kHz, {FRAMES} samples: median {:.2} %, 99.9 % of the blocks below {:.2} %",
        100.0 * quantile(&played.loads, 0.5),
        100.0 * quantile(&played.loads, 0.999)
    );
}

fn new_notes(take: &Take) -> usize {
    take.made.clip.notes().filter(|(_, note)| note.start >= take.made.new_from()).count()
}

/// A quantile of sorted values.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into the values")]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let index = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(index).copied().unwrap_or(0.0)
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to 24 bits")]
fn sample(value: f32) -> i32 {
    (value.clamp(-1.0, 1.0) * 8_388_607.0) as i32
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
