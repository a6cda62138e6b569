//! A screen for the window tests: Xvfb with a window manager, gone when it is dropped.

use crate::step::Failure;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running Xvfb.
pub struct Display {
    server: Child,
    /// JUCE hosts break off on a screen that no window manager has set up.
    manager: Option<Child>,
    name: String,
}

impl Display {
    /// Starts a screen on a free display number; its pixels are in the file `Xvfb_screen0` in `pixels`.
    pub fn start(pixels: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(pixels)?;
        let failed = |reason: String| Failure::Start { program: "Xvfb".into(), reason };
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp", "-fbdir"])
            .arg(pixels)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| failed(e.to_string()))?;
        let mut number = String::new();
        if let Some(said) = server.stdout.take() {
            BufReader::new(said).read_line(&mut number)?;
        }
        let mut display = Self { server, manager: None, name: format!(":{}", number.trim()) };
        if number.trim().is_empty() {
            return Err(failed("it gave no display number".into()));
        }
        let mut openbox = Command::new("openbox");
        let manager = display.lend(openbox.stdout(Stdio::null()).stderr(Stdio::null())).spawn();
        let failed = |reason| Failure::Start { program: "openbox".into(), reason };
        display.manager = Some(manager.map_err(|e| failed(e.to_string()))?);
        Ok(display)
    }

    /// Lets a program draw on this screen, in software.
    pub fn lend<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DISPLAY", &self.name).env("LIBGL_ALWAYS_SOFTWARE", "1").env_remove("WAYLAND_DISPLAY")
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        for child in self.manager.iter_mut().chain([&mut self.server]) {
            // It may have ended by itself; there is nothing to do about it then.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
