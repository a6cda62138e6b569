//! What stands above a group of controls.

use super::theme;
use egui::{RichText, Ui};

/// A heading in small capitals.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text.to_uppercase()).size(10.0).color(theme::WEAK).extra_letter_spacing(1.2));
}
