//! Looks through an ONNX file before any engine sees it: whole, self-contained, plain operators, sane tensors.
//!
//! One pass over the bytes; besides the names of tensors, which stay where they are, nothing is kept. The numbers of fields
//! are those of `onnx.proto` (github.com/onnx/onnx).

use crate::wire::{Fields, Value, count, damaged, numbers};
use crate::{ModelError, Signature, limits};
use std::collections::HashSet;

/// Operators of step graphs. Loops, scans and branches have no place in one step, random operators would make noise
/// that is not ours, and operators that make tensors of a computed size could ask for any amount of memory.
const OPERATORS: [&str; 41] = [
    "Add",
    "Cast",
    "Clip",
    "Concat",
    "Constant",
    "Div",
    "Elu",
    "Erf",
    "Exp",
    "Flatten",
    "Gather",
    "Gemm",
    "HardSigmoid",
    "Identity",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LogSoftmax",
    "MatMul",
    "Max",
    "Min",
    "Mul",
    "Neg",
    "Pow",
    "Reciprocal",
    "ReduceMax",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Softplus",
    "Split",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Tanh",
    "Transpose",
    "Unsqueeze",
];

/// Checks an ONNX file: that it is whole, has all its weights inside, uses plain operators of one step, stays within
/// [`limits`] and has the inputs and outputs of the signature. What its nodes compute is not looked at: how large that gets
/// is for the engine to hold.
///
/// # Errors
/// [`ModelError::TooLarge`], [`ModelError::Truncated`], [`ModelError::ExternalData`], [`ModelError::ForeignOperator`] or
/// [`ModelError::BadGraph`].
pub fn inspect(onnx: &[u8], signature: &Signature) -> Result<(), ModelError> {
    if onnx.len() as u64 > limits::MODEL_BYTES {
        return Err(ModelError::TooLarge {
            what: "The model file".into(),
            bytes: onnx.len() as u64,
            limit: limits::MODEL_BYTES,
        });
    }
    let mut inspection = Inspection::default();
    inspection.model(onnx)?;
    if !inspection.graph {
        return damaged("it holds no graph");
    }
    if inspection.nodes == 0 {
        return damaged("its graph is empty");
    }
    inspection.check_names(signature)
}

/// What was seen so far.
#[derive(Default)]
struct Inspection<'a> {
    graph: bool,
    nodes: usize,
    inputs: Vec<&'a str>,
    outputs: Vec<&'a str>,
    weights: HashSet<&'a str>,
    /// What is bounded: fields, bytes that are no weights, and numbers.
    fields: usize,
    text: usize,
    numbers: usize,
}

fn bad<T>(reason: impl Into<String>) -> Result<T, ModelError> {
    Err(ModelError::BadGraph { reason: reason.into() })
}

fn foreign<T>(operator: &str, origin: &str) -> Result<T, ModelError> {
    Err(ModelError::ForeignOperator { operator: shown(operator), origin: origin.into() })
}

/// A name of the file, cut to what fits a message.
fn shown(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(limits::NAME_BYTES).collect()
}

fn plain_domain(operator: &str, domain: &str) -> Result<(), ModelError> {
    if domain.is_empty() || domain == "ai.onnx" {
        return Ok(());
    }
    foreign(if operator.is_empty() { "*" } else { operator }, &format!(" of the domain \"{}\"", shown(domain)))
}

impl<'a> Inspection<'a> {
    /// Calls `visit` with every field of a message and counts them.
    fn each(
        &mut self,
        message: &'a [u8],
        mut visit: impl FnMut(&mut Self, u64, Value<'a>) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        for field in Fields::of(message) {
            let (number, value) = field?;
            self.fields += 1;
            if self.fields > limits::GRAPH_FIELDS {
                return bad(format!("it has more than {} fields", limits::GRAPH_FIELDS));
            }
            visit(self, number, value)?;
        }
        Ok(())
    }

    /// A field that is not looked into.
    fn other(&mut self, value: Value<'a>) -> Result<(), ModelError> {
        if let Value::Bytes(bytes) = value {
            self.text += bytes.len();
        }
        if self.text > limits::GRAPH_TEXT_BYTES {
            return bad(format!("it has more than {} bytes that are no weights", limits::GRAPH_TEXT_BYTES));
        }
        Ok(())
    }

    fn name(&mut self, value: Value<'a>) -> Result<&'a str, ModelError> {
        self.other(value)?;
        value.text()
    }

    fn add_numbers(&mut self, numbers: usize) -> Result<(), ModelError> {
        self.numbers = self.numbers.saturating_add(numbers);
        if self.numbers > limits::GRAPH_NUMBERS {
            return bad(format!("its tensors hold more than {} numbers", limits::GRAPH_NUMBERS));
        }
        Ok(())
    }

    fn model(&mut self, message: &'a [u8]) -> Result<(), ModelError> {
        self.each(message, |this, number, value| match number {
            7 => {
                this.graph = true;
                this.graph(value.bytes()?)
            }
            8 => this.each(value.bytes()?, |this, number, value| match number {
                1 => plain_domain("", this.name(value)?),
                _ => this.other(value),
            }),
            25 => {
                let mut name = "?";
                this.each(value.bytes()?, |this, number, value| match number {
                    1 => this.name(value).map(|found| name = found),
                    _ => this.other(value),
                })?;
                foreign(name, " (a function of its own)")
            }
            _ => this.other(value),
        })
    }

    fn graph(&mut self, message: &'a [u8]) -> Result<(), ModelError> {
        self.each(message, |this, number, value| match number {
            1 => this.node(value.bytes()?),
            5 => {
                let mut tensor = Tensor::default();
                this.tensor(value.bytes()?, &mut tensor)?;
                this.weights.insert(tensor.name);
                this.add_numbers(tensor.check()?)
            }
            11 => this.value_name(value.bytes()?).map(|name| this.inputs.push(name)),
            12 => this.value_name(value.bytes()?).map(|name| this.outputs.push(name)),
            15 => bad("it has sparse weights; export dense ones"),
            _ => this.other(value),
        })
    }

    fn value_name(&mut self, message: &'a [u8]) -> Result<&'a str, ModelError> {
        let mut name = "";
        self.each(message, |this, number, value| match number {
            1 => this.name(value).map(|found| name = found),
            _ => this.other(value),
        })?;
        Ok(name)
    }

    fn node(&mut self, message: &'a [u8]) -> Result<(), ModelError> {
        self.nodes += 1;
        if self.nodes > limits::GRAPH_NODES {
            return bad(format!("it has more than {} nodes", limits::GRAPH_NODES));
        }
        let (mut operator, mut domain, mut nested) = ("", "", false);
        self.each(message, |this, number, value| match number {
            4 => this.name(value).map(|found| operator = found),
            5 => {
                let found = this.attribute(value.bytes()?)?;
                nested |= found;
                Ok(())
            }
            7 => this.name(value).map(|found| domain = found),
            _ => this.other(value),
        })?;
        plain_domain(operator, domain)?;
        if !OPERATORS.contains(&operator) {
            return foreign(operator, ", which has no place in a step graph");
        }
        if nested {
            return foreign(operator, " with a graph or a sparse tensor inside");
        }
        Ok(())
    }

    /// Whether an attribute holds a graph or a sparse tensor, which are not looked into.
    fn attribute(&mut self, message: &'a [u8]) -> Result<bool, ModelError> {
        let mut nested = false;
        // A tensor that is given twice is the two as one.
        let mut single: Option<Tensor<'a>> = None;
        self.each(message, |this, number, value| match number {
            5 => this.tensor(value.bytes()?, single.get_or_insert_default()),
            6 | 11 | 22 | 23 => {
                nested = true;
                Ok(())
            }
            7 => this.add_numbers(count(value, Some(4))?),
            8 => this.add_numbers(count(value, None)?),
            10 => {
                let mut tensor = Tensor::default();
                this.tensor(value.bytes()?, &mut tensor)?;
                this.add_numbers(tensor.check()?)
            }
            _ => this.other(value),
        })?;
        self.add_numbers(single.map_or(Ok(0), |tensor| tensor.check())?)?;
        Ok(nested)
    }

    /// Takes in a tensor, which [`Tensor::check`] judges once it is whole.
    fn tensor(&mut self, message: &'a [u8], tensor: &mut Tensor<'a>) -> Result<(), ModelError> {
        self.each(message, |this, number, value| {
            match number {
                1 if tensor.shape.len() + count(value, None)? > limits::TENSOR_AXES => {
                    return bad(format!("a tensor has more than {} axes", limits::TENSOR_AXES));
                }
                1 => numbers(value, |axis| tensor.shape.push(axis))?,
                2 => tensor.kind = value.number()?,
                4 => tensor.listed += count(value, Some(4))?,
                5 | 7 | 11 => tensor.listed += count(value, None)?,
                8 => tensor.name = this.name(value)?,
                9 => tensor.raw = value.bytes()?.len(),
                10 => tensor.listed += count(value, Some(8))?,
                13 => tensor.external = true,
                14 => tensor.external |= value.number()? == 1,
                _ => this.other(value)?,
            }
            Ok(())
        })
    }

    fn check_names(&self, signature: &Signature) -> Result<(), ModelError> {
        let carried = &signature.carried;
        let inputs = signature.inputs.iter().map(|tensor| &tensor.name).chain(carried.iter().map(|pair| &pair.input));
        let outputs =
            signature.outputs.iter().map(|tensor| &tensor.name).chain(carried.iter().map(|pair| &pair.output));
        self.compare("inputs", &self.inputs, inputs.map(String::as_str).collect())?;
        self.compare("outputs", &self.outputs, outputs.map(String::as_str).collect())
    }

    fn compare(&self, which: &str, found: &[&str], mut expected: Vec<&str>) -> Result<(), ModelError> {
        let mut found: Vec<&str> = found.iter().copied().filter(|name| !self.weights.contains(name)).collect();
        found.sort_unstable();
        expected.sort_unstable();
        if found == expected {
            return Ok(());
        }
        let list = |names: &[&str]| {
            let few = &names[..names.len().min(limits::STATE_TENSORS)];
            shown(&few.join(", "))
        };
        bad(format!("its {which} are {}, the manifest says {}", list(&found), list(&expected)))
    }
}

/// Of a tensor, what tells whether it lies in the file and holds as many numbers as its shape says.
#[derive(Default)]
struct Tensor<'a> {
    name: &'a str,
    shape: Vec<u64>,
    kind: u64,
    /// Numbers in the lists of their kind, and bytes of raw ones.
    listed: usize,
    raw: usize,
    external: bool,
}

impl Tensor<'_> {
    /// How many numbers it holds.
    fn check(&self) -> Result<usize, ModelError> {
        if self.external {
            return Err(ModelError::ExternalData { tensor: shown(self.name) });
        }
        let axis = |&axis: &u64| i64::try_from(axis).ok().and_then(|axis| usize::try_from(axis).ok());
        let numbers = self.shape.iter().try_fold(1usize, |numbers, next| numbers.checked_mul(axis(next)?));
        // The kinds of TensorProto.DataType.
        let width = match self.kind {
            1 | 6 | 12 => Some(4),
            7 | 11 | 13 => Some(8),
            4 | 5 | 10 => Some(2),
            2 | 3 | 9 => Some(1),
            _ => None,
        };
        let held = width.and_then(|width| match (self.raw, self.listed) {
            (0, listed) => Some(listed),
            (raw, 0) => raw.is_multiple_of(width).then(|| raw / width),
            _ => None,
        });
        match held {
            Some(held) if numbers == Some(held) => Ok(held),
            _ => bad(format!("its tensor \"{}\" does not hold what its shape {:?} says", shown(self.name), self.shape)),
        }
    }
}
