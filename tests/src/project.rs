//! What a plug-in saves into a project: nice-plug's envelope, a length and JSON with parameters and fields.

use crate::HostError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A saved state, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    json: Value,
}

impl Project {
    /// Takes a CLAP state apart.
    ///
    /// # Errors
    /// When it is not what nice-plug writes.
    pub fn parse(state: &[u8]) -> Result<Self, HostError> {
        let bad = |reason: String| HostError::NotAProject(reason);
        let json = state.get(8..).ok_or_else(|| bad(format!("it has {} bytes", state.len())))?;
        let json: Value = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        Ok(Self { json })
    }

    /// The bytes of the CLAP state.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let json = self.json.to_string().into_bytes();
        let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
        bytes.extend(json);
        bytes
    }

    /// The JSON inside.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The session's chunk, if the state has one.
    #[must_use]
    pub fn chunk(&self) -> Option<Vec<u8>> {
        let field = self.json.pointer("/fields/session")?.as_str()?;
        // Fields are JSON texts inside the JSON.
        let text: String = serde_json::from_str(field).ok()?;
        STANDARD.decode(text).ok()
    }

    /// The state with another session's chunk.
    #[must_use]
    pub fn with_chunk(mut self, chunk: &[u8]) -> Self {
        self.json["fields"]["session"] = json!(json!(STANDARD.encode(chunk)).to_string());
        self
    }

    /// The state with another value of a parameter, as nice-plug tags it: `{"i32": 4}`, `{"f32": 0.5}`, `{"bool": true}`
    /// or a plain text for a choice.
    #[must_use]
    pub fn with_parameter(mut self, id: &str, value: Value) -> Self {
        self.json["params"][id] = value;
        self
    }
}
