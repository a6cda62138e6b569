//! How large the window is, in points and in the screen's pixels.
//!
//! Only an open window knows its scale: the system's, else what the host said. A host asks for the size before, meanwhile
//! and after, in the platform's own unit: pixels of the screen on X11 and Windows, points on macOS.

use nice_plug::editor::dpi::{LogicalSize, NativeSize, Size};
use nice_plug_egui::baseview::WindowSize;

/// What the last window of an editor said of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Geometry {
    last: Option<WindowSize>,
    open: bool,
}

impl Geometry {
    /// An open window has this size and scale.
    pub fn note(&mut self, size: WindowSize) {
        *self = Self { last: Some(size), open: true };
    }

    /// The window has been closed.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// The open window's size, else that of the next one, which will have `points` at the scale of the last.
    pub fn size(&self, points: LogicalSize<f32>) -> NativeSize<u32> {
        match self.last {
            Some(last) if self.open => NativeSize::from_logical_or_physical(last.logical, last.physical),
            last => NativeSize::from_size(points.into(), last.map_or(1.0, |last| last.scale_factor)),
        }
    }

    /// The size to ask of a new window, which the host wants at this scale. On X11 the window library takes the host's scale
    /// for drawing, but not for the first size: that is then said in pixels.
    pub fn opening(&self, points: LogicalSize<f32>, scale: Option<f64>) -> Size {
        let x11 = cfg!(all(unix, not(target_os = "macos")));
        match self.last.filter(|_| x11 && scale.is_some()) {
            Some(last) => Size::Physical(points.to_physical(last.scale_factor)),
            None => points.into(),
        }
    }
}

#[cfg(all(test, not(target_os = "macos")))]
mod tests {
    use super::*;
    use nice_plug::editor::dpi::PhysicalSize;

    const POINTS: LogicalSize<f32> = LogicalSize { width: 960.0, height: 640.0 };

    fn pixels(width: u32, height: u32, scale: f64) -> WindowSize {
        WindowSize::from_physical(PhysicalSize { width, height }, scale)
    }

    fn size(geometry: &Geometry) -> (u32, u32) {
        let NativeSize { width, height } = geometry.size(POINTS);
        (width, height)
    }

    #[test]
    fn a_host_hears_pixels() {
        let mut geometry = Geometry::default();
        assert_eq!(size(&geometry), (960, 640), "no scale is known yet");
        let cases = [
            ("as it opens", pixels(960, 640, 1.0), (960, 640), (960, 640)),
            ("the host has said its scale", pixels(1920, 1280, 2.0), (1920, 1280), (1920, 1280)),
            ("resized, to no whole point", pixels(1441, 1001, 1.5), (1441, 1001), (1440, 960)),
            ("a scale of a quarter more", pixels(1200, 800, 1.25), (1200, 800), (1200, 800)),
        ];
        for (name, now, open, next) in cases {
            geometry.note(now);
            assert_eq!(size(&geometry), open, "{name}");
            geometry.close();
            assert_eq!(size(&geometry), next, "{name}, closed again: the next one has the remembered points");
        }
    }

    #[test]
    fn a_window_opens_again_at_the_scale_that_it_had() {
        let mut geometry = Geometry::default();
        assert_eq!(geometry.opening(POINTS, None), Size::from(POINTS));
        assert_eq!(geometry.opening(POINTS, Some(2.0)), Size::from(POINTS), "no window has told its scale yet");
        geometry.note(pixels(1920, 1280, 2.0));
        geometry.close();
        assert_eq!(geometry.opening(POINTS, None), Size::from(POINTS), "the system's scale is applied");
        let again = geometry.opening(POINTS, Some(2.0));
        assert_eq!(again.to_physical::<u32>(2.0), PhysicalSize { width: 1920, height: 1280 });
        if cfg!(unix) {
            assert_eq!(again.to_physical::<u32>(1.0), PhysicalSize { width: 1920, height: 1280 });
        }
    }
}
