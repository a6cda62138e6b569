//! Looks through an ONNX file before any engine sees it: whole, self-contained, plain operators, sane tensors.

use crate::{ModelError, Signature, limits};
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, TensorProto, ValueInfoProto};
use tract_onnx::prelude::Framework;

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
/// Checks the file against the limits and the signature.
pub(crate) fn inspect(onnx: &[u8], signature: &Signature) -> Result<(), ModelError> {
    if onnx.len() as u64 > limits::MODEL_BYTES {
        return Err(ModelError::TooLarge {
            what: "The model file".into(),
            bytes: onnx.len() as u64,
            limit: limits::MODEL_BYTES,
        });
    }
    let model = parse(onnx)?;
    for import in &model.opset_import {
        plain_domain("", &import.domain)?;
    }
    if let Some(function) = model.functions.first() {
        return foreign(function.name.as_deref().unwrap_or("?"), " (a function of its own)");
    }
    let Some(graph) = &model.graph else {
        return Err(ModelError::Truncated { reason: "it holds no graph".into() });
    };
    if graph.node.is_empty() {
        return Err(ModelError::Truncated { reason: "its graph is empty".into() });
    }
    check_graph(graph)?;
    check_signature(graph, signature)
}

pub(crate) fn parse(mut onnx: &[u8]) -> Result<ModelProto, ModelError> {
    tract_onnx::Onnx::default().proto_model_for_read(&mut onnx).map_err(|error| ModelError::Truncated {
        reason: error.root_cause().to_string().trim_end_matches('.').to_owned(),
    })
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

fn check_graph(graph: &GraphProto) -> Result<(), ModelError> {
    if graph.node.len() > limits::GRAPH_NODES {
        return Err(ModelError::BadGraph {
            reason: format!("it has {} nodes, at most {} are built", graph.node.len(), limits::GRAPH_NODES),
        });
    }
    if !graph.sparse_initializer.is_empty() {
        return Err(ModelError::BadGraph { reason: "it has sparse weights; export dense ones".into() });
    }
    for tensor in &graph.initializer {
        check_tensor(tensor)?;
    }
    for node in &graph.node {
        plain_domain(&node.op_type, &node.domain)?;
        if !OPERATORS.contains(&node.op_type.as_str()) {
            return foreign(&node.op_type, ", which has no place in a step graph");
        }
        for attribute in &node.attribute {
            check_attribute(&node.op_type, attribute)?;
        }
    }
    Ok(())
}

fn check_attribute(operator: &str, attribute: &AttributeProto) -> Result<(), ModelError> {
    let has_graph = attribute.g.is_some() || !attribute.graphs.is_empty();
    let has_sparse = attribute.sparse_tensor.is_some() || !attribute.sparse_tensors.is_empty();
    if has_graph || has_sparse {
        return foreign(operator, " with a graph or a sparse tensor inside");
    }
    attribute.t.iter().chain(&attribute.tensors).try_for_each(check_tensor)
}

/// A tensor must lie in the file, and hold as many numbers as its shape says.
fn check_tensor(tensor: &TensorProto) -> Result<(), ModelError> {
    if tensor.data_location == Some(DataLocation::External as i32) || !tensor.external_data.is_empty() {
        return Err(ModelError::ExternalData { tensor: shown(&tensor.name) });
    }
    let numbers = tensor
        .dims
        .iter()
        .try_fold(1usize, |numbers, &axis| usize::try_from(axis).ok().and_then(|axis| numbers.checked_mul(axis)));
    let width = DataType::try_from(tensor.data_type).ok().and_then(|kind| match kind {
        DataType::Float | DataType::Int32 | DataType::Uint32 => Some(4),
        DataType::Double | DataType::Int64 | DataType::Uint64 => Some(8),
        DataType::Float16 | DataType::Int16 | DataType::Uint16 => Some(2),
        DataType::Int8 | DataType::Uint8 | DataType::Bool => Some(1),
        _ => None,
    });
    let held = if tensor.raw_data.is_empty() {
        Some(
            tensor.float_data.len()
                + tensor.int32_data.len()
                + tensor.int64_data.len()
                + tensor.double_data.len()
                + tensor.uint64_data.len(),
        )
    } else {
        width.filter(|width| tensor.raw_data.len().is_multiple_of(*width)).map(|width| tensor.raw_data.len() / width)
    };
    if width.is_none() || numbers.is_none() || numbers != held {
        return Err(ModelError::BadGraph {
            reason: format!(
                "its tensor \"{}\" does not hold what its shape {:?} says",
                shown(&tensor.name),
                tensor.dims
            ),
        });
    }
    Ok(())
}

fn check_signature(graph: &GraphProto, signature: &Signature) -> Result<(), ModelError> {
    let weights: Vec<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let found = |values: &[ValueInfoProto]| -> Vec<String> {
        let mut names: Vec<String> =
            values.iter().map(|value| value.name.clone()).filter(|name| !weights.contains(&name.as_str())).collect();
        names.sort();
        names
    };
    let mut inputs: Vec<String> = signature.state.iter().map(|state| state.input.clone()).collect();
    inputs.push(signature.input.name.clone());
    inputs.sort();
    let given = found(&graph.input);
    if given != inputs {
        return mismatch("inputs", &given, &inputs);
    }
    let mut outputs: Vec<String> = signature.state.iter().map(|state| state.output.clone()).collect();
    outputs.push(signature.logits.name.clone());
    outputs.sort();
    let given = found(&graph.output);
    if given != outputs {
        return mismatch("outputs", &given, &outputs);
    }
    Ok(())
}

fn mismatch(which: &str, found: &[String], expected: &[String]) -> Result<(), ModelError> {
    let list = |names: &[String]| shown(&names.join(", "));
    Err(ModelError::BadGraph {
        reason: format!("its {which} are {}, the manifest says {}", list(found), list(expected)),
    })
}
