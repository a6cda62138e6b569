//! What a tool needs of a model; a trait, so that tests run without trained weights.

use solferino_models::{Cancel, Drawn, Generation, ModelError, PitchRange, RecurrentModel};

/// A network that continues events.
pub(super) trait Network {
    /// Its name in messages.
    fn name(&self) -> &str;

    /// Steps in a quarter note.
    fn steps_per_quarter(&self) -> u32;

    /// The pitches of a melody model; none for drums.
    fn pitches(&self) -> Option<PitchRange>;

    /// As [`RecurrentModel::generate`].
    fn generate(
        &self,
        request: &Generation<'_>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Drawn>, ModelError>;
}

impl Network for RecurrentModel {
    fn name(&self) -> &str {
        self.manifest().name()
    }

    fn steps_per_quarter(&self) -> u32 {
        self.manifest().steps_per_quarter()
    }

    fn pitches(&self) -> Option<PitchRange> {
        self.manifest().encoding().pitches()
    }

    fn generate(
        &self,
        request: &Generation<'_>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Drawn>, ModelError> {
        Self::generate(self, request, cancel, progress)
    }
}
