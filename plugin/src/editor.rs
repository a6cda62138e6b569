//! The editor: a window over a [`crate::view::View`].

mod app;
mod drops;
mod field;
mod geometry;
mod heading;
mod icons;
mod panels;
mod roll;
mod settings;
mod takes;
mod theme;
mod window;

pub use window::SolferinoEditor;
