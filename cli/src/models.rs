//! `solferino models`.

use crate::arguments::{ModelsArguments, ModelsCommand};
use crate::error::CliError;
use crate::files;
use solferino_models::{Library, ModelEntry, Origin};

/// Lists, verifies or describes models.
pub fn run(library: &Library, wanted: &ModelsArguments) -> Result<(), CliError> {
    match &wanted.command {
        ModelsCommand::List => list(library),
        ModelsCommand::Verify { name: Some(name) } => verify(library, name),
        ModelsCommand::Verify { name: None } => verify_all(library),
        ModelsCommand::Info { name } => describe(library, name),
    }
}

fn list(library: &Library) -> Result<(), CliError> {
    let models = library.list();
    if models.is_empty() {
        return Err(CliError::NoModels);
    }
    for model in models {
        let said = model.problem.unwrap_or(model.title);
        files::say(&format!("{:<12} {:<14} {:<8} {said}", model.name, model.family, origin(&model.origin)))?;
    }
    Ok(())
}

fn verify(library: &Library, name: &str) -> Result<(), CliError> {
    let verified = library.verify(name)?;
    files::say(&format!(
        "{name:<12} sound    {} {} bytes, runs with {}",
        verified.hash, verified.bytes, verified.backend
    ))
}

fn verify_all(library: &Library) -> Result<(), CliError> {
    let models: Vec<ModelEntry> = library.list();
    if models.is_empty() {
        return Err(CliError::NoModels);
    }
    let mut failed = 0;
    for model in &models {
        let outcome = match &model.problem {
            Some(problem) => Err(problem.clone()),
            None => verify(library, &model.name).map_err(|error| error.to_string()),
        };
        if let Err(sentence) = outcome {
            eprintln!("{}: {sentence}", model.name);
            failed += 1;
        }
    }
    if failed == 0 { Ok(()) } else { Err(CliError::Models { failed, all: models.len() }) }
}

fn describe(library: &Library, name: &str) -> Result<(), CliError> {
    let model = library.get(name)?;
    let manifest = model.manifest();
    let from = library.list().into_iter().find(|entry| entry.name == name).map(|entry| entry.origin);
    let lines = [
        ("name", manifest.name().to_owned()),
        ("title", manifest.title().to_owned()),
        ("family", manifest.family().to_owned()),
        ("version", manifest.version().to_string()),
        ("origin", from.as_ref().map(origin).unwrap_or_default()),
        ("licence", manifest.licence().to_owned()),
        ("data", manifest.data().to_owned()),
        ("trained at", manifest.training_commit().to_owned()),
        ("hash", model.hash().to_owned()),
        ("size", format!("{} bytes", model.bytes())),
        ("grid", format!("{} steps a quarter", manifest.steps_per_quarter())),
        ("runs with", model.backend().to_owned()),
    ];
    for (what, value) in lines {
        files::say(&format!("{what:<11} {value}"))?;
    }
    Ok(())
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Factory => "built in".into(),
        Origin::User(folder) => folder.display().to_string(),
    }
}
