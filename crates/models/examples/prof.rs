//! temporary
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let batch: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let t = Instant::now();
    let proto = tract_onnx::onnx().proto_model_for_path(&path).unwrap();
    eprintln!("proto {:?}", t.elapsed());
    let t = Instant::now();
    let mut model = tract_onnx::onnx().with_ignore_value_info(true).model_for_proto_model(&proto).unwrap();
    eprintln!("parse {:?}", t.elapsed());
    let n = model.input_outlets().unwrap().len();
    let mut facts = vec![];
    for i in 0..n {
        let dims: Vec<usize> = model.input_fact(i).unwrap().shape.dims().enumerate().map(|(k, d)| if k == 0 { batch } else { d.concretize().unwrap().to_i64().unwrap() as usize }).collect();
        facts.push(dims.clone());
        model.set_input_fact(i, f32::fact(&dims).into()).unwrap();
    }
    let t = Instant::now();
    let model = model.into_typed().unwrap();
    eprintln!("typed {:?}", t.elapsed());
    let t = Instant::now();
    let model = model.into_decluttered().unwrap();
    eprintln!("declutter {:?}", t.elapsed());
    let t = Instant::now();
    let model = model.into_optimized().unwrap();
    eprintln!("optimize {:?}", t.elapsed());
    for n in model.nodes() { eprintln!("{} {} {} {:?} -> {:?}", n.id, n.op.name(), n.name, n.op.info().unwrap(), n.outputs.iter().map(|o| format!("{:?}", o.fact)).collect::<Vec<_>>()); }
    let plan = TypedSimplePlan::new(model).unwrap();
    let mut state = plan.spawn().unwrap();
    let inputs = || -> TVec<TValue> { facts.iter().map(|d| { let v = vec![0.1f32; d.iter().product()]; Tensor::from_shape(d, &v).unwrap().into() }).collect() };
    for _ in 0..20 { state.run(inputs()).unwrap(); }
    let mut best = Duration::MAX;
    for _ in 0..300 { let t = Instant::now(); state.run(inputs()).unwrap(); best = best.min(t.elapsed()); }
    eprintln!("best step {best:?}");
    let mut costs: BTreeMap<(usize, String), Duration> = BTreeMap::new();
    for _ in 0..200 {
        state.run_plan_with_eval(inputs(), |ctx, st, node, ins| {
            let t = Instant::now();
            let r = tract_onnx::tract_core::plan::eval(ctx, st, node, ins);
            let e = costs.entry((node.id, format!("{} {}", node.op.name(), node.name))).or_insert(Duration::MAX);
            *e = (*e).min(t.elapsed());
            r
        }).unwrap();
    }
    for ((id, n), c) in costs { eprintln!("{id} {n} {c:?}"); }
}
