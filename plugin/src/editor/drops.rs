//! Files dropped on the window. The window library lets them go by, so they are caught beside it (on X11).

use nice_plug_egui::{Frame, RepaintNotifier};
use std::path::PathBuf;

/// Catches what is dropped on a window while it is open.
#[derive(Debug, Default)]
pub struct Drops {
    #[cfg(all(unix, not(target_os = "macos")))]
    catcher: Option<solferino_dragout::Catcher>,
}

#[cfg(all(unix, not(target_os = "macos")))]
impl Drops {
    /// Starts to catch. Without an X server nothing is caught; files can still be opened.
    pub fn on(frame: &Frame, repaint: RepaintNotifier) -> Self {
        use raw_window_handle::{HasWindowHandle, RawWindowHandle};
        let window = match frame.baseview_window().window_handle().map(|handle| handle.as_raw()) {
            Ok(RawWindowHandle::Xcb(handle)) => Some(handle.window.get()),
            Ok(RawWindowHandle::Xlib(handle)) => u32::try_from(handle.window).ok(),
            _ => None,
        };
        let catcher = window.and_then(|id| solferino_dragout::catch(id, move || repaint.request_repaint()).ok());
        Self { catcher }
    }

    /// Whether files are held over the window.
    pub fn hovering(&self) -> bool {
        self.catcher.as_ref().is_some_and(solferino_dragout::Catcher::hovering)
    }

    /// The files dropped since the last call.
    pub fn take(&self) -> Vec<PathBuf> {
        self.catcher.as_ref().map(solferino_dragout::Catcher::take).unwrap_or_default()
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
impl Drops {
    /// Nothing is caught here yet; files can be opened.
    pub fn on(_: &Frame, _: RepaintNotifier) -> Self {
        Self::default()
    }

    /// Whether files are held over the window.
    pub fn hovering(&self) -> bool {
        false
    }

    /// The files dropped since the last call.
    pub fn take(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}
