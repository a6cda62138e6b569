//! Making takes through a plug-in, the way a project does: a source in its state, the Continue parameter raised.

use crate::{HostError, Input, Instance, Project, parameter_id};
use solferino_models::Seed;
use solferino_score::Clip;
use solferino_session::{Session, SessionError, Slot, Take};
use solferino_tools::{Common, Continue, Request, Tool};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long takes may take to arrive before the host gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

const FRAMES: u32 = 64;

impl Instance {
    /// Puts a clip into source A through the saved state, in a session that is otherwise empty.
    ///
    /// # Errors
    /// When the clip is too large or the plug-in refuses the state.
    pub fn give_source(&mut self, clip: &Clip) -> Result<(), HostError> {
        let session = Session::new(solferino_engine::library());
        session.set_source(Slot::A, clip.clone()).map_err(refused)?;
        let state = Project::parse(&self.save()?)?.with_chunk(&session.save().map_err(refused)?).bytes();
        self.load(&state)
    }

    /// What the instance would save of its session.
    ///
    /// # Errors
    /// When the plug-in does not save or what it saves has no session that can be read.
    pub fn session(&mut self) -> Result<Arc<Session>, HostError> {
        let project = Project::parse(&self.save()?)?;
        let chunk = project.chunk().ok_or_else(|| HostError::NotAProject("it has no session".into()))?;
        let session = Session::new(solferino_engine::library());
        session.load(&chunk).map_err(refused)?;
        Ok(session)
    }

    /// Sets parameters by their text ids to values as a person types them.
    ///
    /// # Errors
    /// When there is no such parameter, it does not read the text, or processing fails.
    pub fn set(&mut self, values: &[(&str, &str)]) -> Result<(), HostError> {
        let mut events = Vec::new();
        for &(name, text) in values {
            let id = parameter_id(name);
            let value = self.value_of_text(id, text);
            let value = value.ok_or_else(|| HostError::State(format!("{name} cannot be set to \"{text}\"")))?;
            events.push(Input::Value(0, id, value));
        }
        self.process(None, &events, FRAMES)?;
        Ok(())
    }

    /// Raises Continue and waits for as many takes; they, and how long it took from the block that raised it.
    ///
    /// # Errors
    /// When the takes do not arrive within [`PATIENCE`].
    pub fn press_continue(&mut self, takes: usize) -> Result<(Vec<Arc<Take>>, Duration), HostError> {
        let button = parameter_id("continue");
        let before = self.session()?.snapshot().takes.len();
        self.process(None, &[Input::Value(0, button, 0.0)], FRAMES)?;
        self.process(None, &[Input::Value(0, button, 1.0)], FRAMES)?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            sleep(Duration::from_millis(1));
            self.process(None, &[], FRAMES)?;
            let all = self.session()?.snapshot().takes.clone();
            if all.len() >= before + takes {
                let elapsed = start.elapsed();
                self.process(None, &[Input::Value(0, button, 0.0)], FRAMES)?;
                return Ok((all[before..].to_vec(), elapsed));
            }
        }
        Err(HostError::State(format!("no {takes} takes within {} s", PATIENCE.as_secs())))
    }
}

/// A request to Continue that leaves the rest as it comes.
#[must_use]
pub fn continue_request(bars: u32, takes: u32, seed: u64) -> Request {
    let common = Common { takes, seed: Seed(seed), ..Common::default() };
    Request { common, tool: Tool::Continue(Continue { bars, ..Continue::default() }) }
}

fn refused(error: SessionError) -> HostError {
    HostError::State(error.to_string())
}
