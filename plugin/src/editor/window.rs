//! The editor as the framework sees it: each opening makes a window of the size the project remembers.

use super::app::App;
use super::geometry::Geometry;
use super::panels::{LEAST_SIZE, SIZE};
use crate::instance::Instance;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{LogicalSize, NativeSize};
use nice_plug::editor::{Editor, HostMethods, ParentWindowHandle, ResizeHint, SpawnedEditor};
use nice_plug_egui::{EguiEditorHandle, EguiEditorState, EguiNiceSettings, create_egui_editor};
use parking_lot::Mutex;
use std::error::Error;
use std::sync::Arc;

const RESIZE: ResizeHint =
    ResizeHint::RESIZABLE.with_min_logical_size(LogicalSize { width: LEAST_SIZE[0], height: LEAST_SIZE[1] });

/// Opens windows for an instance.
pub struct SolferinoEditor {
    instance: Arc<Instance>,
    geometry: Arc<Mutex<Geometry>>,
}

impl SolferinoEditor {
    /// An editor for an instance; nothing is made before it opens.
    #[must_use]
    pub fn new(instance: Arc<Instance>) -> Self {
        Self { instance, geometry: Arc::default() }
    }

    /// The size in points that the project remembers.
    fn points(&self) -> LogicalSize<f32> {
        let size = self.instance.window_size().unwrap_or(SIZE);
        LogicalSize { width: size[0].max(LEAST_SIZE[0]), height: size[1].max(LEAST_SIZE[1]) }
    }
}

impl Editor for SolferinoEditor {
    type Handle = EguiEditorHandle;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        let size = self.geometry.lock().opening(self.points(), fallback_scale_factor);
        let settings = EguiNiceSettings::new().with_tile("Solferino").with_resize_hint(RESIZE);
        let app = App::new(Arc::clone(&self.instance), Arc::clone(&self.geometry));
        let state = EguiEditorState::from_size(size, 1.0);
        let editor = create_egui_editor(state, self.instance.repaint.clone(), settings, app);
        let editor = editor.ok_or("the window could not be made")?;
        editor.spawn(parent, wait_for_parent, fallback_scale_factor, gui_context, host)
    }

    fn size(&self) -> NativeSize<u32> {
        self.geometry.lock().size(self.points())
    }

    fn resize_hint(&self) -> ResizeHint {
        RESIZE
    }
}
