//! A model's `manifest.toml`: what the model is, how events become its input, and the tensors of its graph.

use crate::{EncodingSpec, Lookback, ModelError, PitchRange, Signature, StateSpec, TensorSpec, limits};
use serde::Deserialize;

/// The manifest format this version reads.
const FORMAT: u32 = 1;

/// A model's manifest, checked: sizes fit the encoding and stay within [`limits`].
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    name: String,
    title: String,
    family: String,
    version: u32,
    licence: String,
    data: String,
    training_commit: String,
    steps_per_quarter: u32,
    encoding: EncodingSpec,
    file: String,
    sha256: String,
    signature: Signature,
}

#[derive(Deserialize)]
struct Document {
    format: u32,
    name: String,
    version: u32,
    family: String,
    title: String,
    licence: String,
    data: String,
    training_commit: String,
    steps_per_quarter: u32,
    encoding: EncodingTable,
    graph: GraphTable,
}

#[derive(Deserialize)]
struct EncodingTable {
    kind: String,
    lags: Option<Vec<usize>>,
    run_cap: Option<usize>,
    #[serde(rename = "match", default)]
    matching: bool,
    #[serde(default)]
    precedents: bool,
    #[serde(default)]
    habits: Vec<usize>,
    min_pitch: Option<u8>,
    max_pitch: Option<u8>,
    transpose_to_key: Option<u8>,
    counter_bits: Option<usize>,
}

#[derive(Deserialize)]
struct GraphTable {
    file: String,
    sha256: String,
    input: TensorTable,
    logits: TensorTable,
    #[serde(default)]
    state: Vec<StateTable>,
}

#[derive(Deserialize)]
struct TensorTable {
    name: String,
    size: usize,
}

#[derive(Deserialize)]
struct StateTable {
    input: String,
    output: String,
    shape: Vec<usize>,
}

fn refuse<T>(reason: impl Into<String>) -> Result<T, ModelError> {
    Err(ModelError::BadManifest { reason: reason.into() })
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`ModelError::TooLarge`] above [`limits::MANIFEST_BYTES`], [`ModelError::BadManifest`] for anything else: it never
    /// panics, whatever the text.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        if text.len() > limits::MANIFEST_BYTES {
            return Err(ModelError::TooLarge {
                what: "The model's manifest.toml".into(),
                bytes: text.len() as u64,
                limit: limits::MANIFEST_BYTES as u64,
            });
        }
        let document: Document = match toml::from_str(text) {
            Ok(document) => document,
            Err(error) => return refuse(one_line(&error.to_string())),
        };
        if document.format != FORMAT {
            return refuse(format!(
                "it has format {}, this version reads format {FORMAT}; update Solferino or export the model again",
                document.format
            ));
        }
        check_model_name(&document.name)?;
        for (field, value) in [
            ("family", &document.family),
            ("title", &document.title),
            ("licence", &document.licence),
            ("data", &document.data),
            ("training_commit", &document.training_commit),
        ] {
            if value.len() > limits::TEXT_BYTES {
                return refuse(format!("{field} has {} bytes, at most {} fit", value.len(), limits::TEXT_BYTES));
            }
        }
        if !(1..=96).contains(&document.steps_per_quarter) {
            return refuse(format!("steps_per_quarter is {}, it must be 1 to 96", document.steps_per_quarter));
        }
        let encoding = encoding_spec(document.encoding)?;
        let signature = signature(&document.graph)?;
        check_sizes(&encoding, &document.graph)?;
        let sha256 = document.graph.sha256.to_ascii_lowercase();
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return refuse("graph.sha256 must be 64 hexadecimal digits");
        }
        let file = document.graph.file;
        if file.is_empty()
            || file.len() > limits::NAME_BYTES
            || file.starts_with('.')
            || file.contains(['/', '\\', ':', '\0'])
        {
            return refuse("graph.file must be the name of a file in the model's folder, without a path");
        }
        Ok(Self {
            name: document.name,
            title: document.title,
            family: document.family,
            version: document.version,
            licence: document.licence,
            data: document.data,
            training_commit: document.training_commit,
            steps_per_quarter: document.steps_per_quarter,
            encoding,
            file,
            sha256,
            signature,
        })
    }

    /// The name it is asked for by: lower-case letters, digits, `-` and `_`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is called in lists.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The kind of network, as `drums_rnn`.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.family
    }

    /// Counts up with each export of the same name.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The licence of the weights.
    #[must_use]
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// What it was trained on.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The commit of the training code.
    #[must_use]
    pub fn training_commit(&self) -> &str {
        &self.training_commit
    }

    /// Steps in a quarter note.
    #[must_use]
    pub fn steps_per_quarter(&self) -> u32 {
        self.steps_per_quarter
    }

    /// How events become input and logits events.
    #[must_use]
    pub fn encoding(&self) -> &EncodingSpec {
        &self.encoding
    }

    /// The name of the ONNX file beside the manifest.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The SHA-256 of the ONNX file, lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The graph's inputs and outputs.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

/// Joins the lines of a parser's message into one, without its final full stop.
fn one_line(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    joined.trim_end_matches('.').chars().take(300).collect()
}

fn check_model_name(name: &str) -> Result<(), ModelError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if name.is_empty() || name.len() > limits::NAME_BYTES || !name.bytes().all(plain) {
        return refuse(format!("name must be 1 to {} lower-case letters, digits, \"-\" or \"_\"", limits::NAME_BYTES));
    }
    Ok(())
}

fn encoding_spec(table: EncodingTable) -> Result<EncodingSpec, ModelError> {
    match table.kind.as_str() {
        "melody_lags" => Ok(EncodingSpec::MelodyLags { range: pitch_range(&table)?, lookback: lookback(&table)? }),
        "drums_lags" => {
            Ok(EncodingSpec::DrumsLags { lookback: lookback(&table)?, habits: bars("habits", table.habits)? })
        }
        "melody_onehot" => Ok(EncodingSpec::MelodyOneHot { range: pitch_range(&table)? }),
        "melody_lookback" => Ok(EncodingSpec::MelodyLookback { range: pitch_range(&table)? }),
        "melody_key" => Ok(EncodingSpec::MelodyKey { range: pitch_range(&table)? }),
        "drums_onehot" => match table.counter_bits.unwrap_or(6) {
            bits @ 0..=16 => Ok(EncodingSpec::DrumsOneHot { counter_bits: bits }),
            bits => refuse(format!("encoding.counter_bits is {bits}, it must be 0 to 16")),
        },
        other => refuse(format!(
            "encoding.kind is \"{}\"; known are melody_lags, drums_lags, melody_onehot, melody_lookback, melody_key and \
             drums_onehot",
            other.chars().take(64).collect::<String>()
        )),
    }
}

fn pitch_range(table: &EncodingTable) -> Result<PitchRange, ModelError> {
    let (min, max) = (table.min_pitch.unwrap_or(48), table.max_pitch.unwrap_or(84));
    if min >= max || max > 128 {
        return refuse(format!("encoding.min_pitch {min} and max_pitch {max} must be 0 ≤ min < max ≤ 128"));
    }
    if table.transpose_to_key.is_some_and(|key| key > 11) {
        return refuse("encoding.transpose_to_key must be 0 to 11");
    }
    Ok(PitchRange { min, max, key: table.transpose_to_key })
}

fn lookback(table: &EncodingTable) -> Result<Lookback, ModelError> {
    let run_cap = match table.run_cap {
        Some(cap @ 1..=limits::RUN_STEPS) => cap,
        Some(cap) => return refuse(format!("encoding.run_cap is {cap}, it must be 1 to {}", limits::RUN_STEPS)),
        None => return refuse("encoding.run_cap is missing"),
    };
    let lags = match &table.lags {
        Some(lags) if !lags.is_empty() => bars("lags", lags.clone())?,
        _ => return refuse("encoding.lags is missing or empty"),
    };
    Ok(Lookback { lags, run_cap, matching: table.matching, precedents: table.precedents })
}

/// Distances in bars.
fn bars(what: &str, bars: Vec<usize>) -> Result<Vec<usize>, ModelError> {
    if bars.len() > limits::LAGS || bars.iter().any(|bar| !(1..=limits::LAG_BARS).contains(bar)) {
        return refuse(format!(
            "encoding.{what} must be at most {} {what} of 1 to {} bars",
            limits::LAGS,
            limits::LAG_BARS
        ));
    }
    Ok(bars)
}

fn signature(table: &GraphTable) -> Result<Signature, ModelError> {
    let tensor = |field: &str, table: &TensorTable| -> Result<TensorSpec, ModelError> {
        check_tensor_name(field, &table.name)?;
        if !(1..=limits::ROW_NUMBERS).contains(&table.size) {
            return refuse(format!("{field}.size is {}, it must be 1 to {}", table.size, limits::ROW_NUMBERS));
        }
        Ok(TensorSpec { name: table.name.clone(), size: table.size })
    };
    if table.state.len() > limits::STATE_TENSORS {
        return refuse(format!("graph.state has {} tensors, at most {} fit", table.state.len(), limits::STATE_TENSORS));
    }
    let mut numbers = 0usize;
    let mut carried = Vec::with_capacity(table.state.len());
    for entry in &table.state {
        check_tensor_name("graph.state", &entry.input)?;
        check_tensor_name("graph.state", &entry.output)?;
        let size = entry.shape.iter().try_fold(1usize, |size, &axis| size.checked_mul(axis)).unwrap_or(usize::MAX);
        numbers = numbers.saturating_add(size);
        if entry.shape.len() > limits::STATE_AXES || size == 0 || numbers > limits::ROW_NUMBERS {
            return refuse(format!(
                "graph.state \"{}\" must have at most {} axes and all states together 1 to {} numbers",
                entry.input,
                limits::STATE_AXES,
                limits::ROW_NUMBERS
            ));
        }
        carried.push(StateSpec {
            input: entry.input.clone(),
            output: entry.output.clone(),
            shape: entry.shape.clone(),
        });
    }
    let signature = Signature {
        inputs: vec![tensor("graph.input", &table.input)?],
        outputs: vec![tensor("graph.logits", &table.logits)?],
        carried,
    };
    check_distinct(&signature)?;
    Ok(signature)
}

fn check_tensor_name(field: &str, name: &str) -> Result<(), ModelError> {
    if name.is_empty() || name.len() > limits::NAME_BYTES || name.contains('\0') {
        return refuse(format!("{field} needs a name of 1 to {} bytes", limits::NAME_BYTES));
    }
    Ok(())
}

fn check_distinct(signature: &Signature) -> Result<(), ModelError> {
    let carried = &signature.carried;
    let inputs = signature.inputs.iter().map(|tensor| &tensor.name).chain(carried.iter().map(|pair| &pair.input));
    let outputs = signature.outputs.iter().map(|tensor| &tensor.name).chain(carried.iter().map(|pair| &pair.output));
    let repeated = |mut names: Vec<&String>| -> Option<String> {
        names.sort();
        names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone())
    };
    match repeated(inputs.collect()).or_else(|| repeated(outputs.collect())) {
        Some(name) => refuse(format!("the tensor \"{name}\" is named twice")),
        None => Ok(()),
    }
}

fn check_sizes(encoding: &EncodingSpec, table: &GraphTable) -> Result<(), ModelError> {
    let built = encoding.build();
    for (field, found, expected) in [
        ("graph.input.size", table.input.size, built.input_len()),
        ("graph.logits.size", table.logits.size, built.output_len()),
    ] {
        if found != expected {
            return refuse(format!("{field} is {found}, the encoding has {expected}"));
        }
    }
    Ok(())
}
