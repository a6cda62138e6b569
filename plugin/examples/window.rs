//! The plug-in's window without a host: `cargo run -p solferino --example window`.
//!
//! With `--shots FOLDER` it shows each scene in turn, takes a picture of it from the X server, and ends; that is how the
//! pictures of the documentation are made (`cargo xtask screenshots` gives it a server of its own).
//! With `--scene NAME` it shows one: `empty`, `melody`, `drums`, `following`, `running`, `refused` or
//! `settings`.

use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::editor::{Editor, EditorHandle};
use nice_plug::params::Param;
use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::PluginState;
use solferino::actions::perform;
use solferino::editor::SolferinoEditor;
use solferino::factory::CLIPS;
use solferino::instance::{Instance, Kind};
use solferino::view::Action;
use solferino_realtime::{Stage, Transport};
use solferino_session::{Purpose, Slot, Status};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SCENES: [&str; 7] = ["empty", "melody", "drums", "following", "running", "refused", "settings"];

/// How long a window gets to draw itself, on a slow machine without a graphics card.
const SETTLE: Duration = Duration::from_millis(2_500);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned();
    let scene = value("--scene");
    match (value("--shots").map(PathBuf::from), scene) {
        (Some(folder), None) => shoot_all(&folder),
        (folder, scene) => show(scene.as_deref().unwrap_or("melody"), folder.as_deref()),
    }
}

/// Each scene in a process of its own, as a window cannot be reopened in one.
fn shoot_all(folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    for scene in SCENES {
        let program = std::env::current_exe()?;
        let done = Command::new(program).args(["--scene", scene, "--shots"]).arg(folder).status()?;
        if !done.success() {
            return Err(format!("the scene {scene} failed").into());
        }
    }
    Ok(())
}

fn show(scene: &str, folder: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let (instance, stage) = Instance::new(Kind::Instrument);
    set(scene, &instance)?;
    let playing = matches!(scene, "melody" | "drums" | "following");
    std::thread::spawn(move || play(stage, playing));
    let editor = SolferinoEditor::new(Arc::clone(&instance));
    let context = GuiContext::new(Arc::new(NoHost));
    let spawned = editor.spawn(None, false, None, context, None)?;
    if let Some(folder) = folder {
        let file = folder.join(format!("{scene}.png"));
        std::thread::spawn(move || {
            std::thread::sleep(SETTLE);
            if let Err(error) = picture::shoot_and_close(&file) {
                eprintln!("{}: {error}", file.display());
                std::process::exit(1);
            }
        });
    }
    <SolferinoEditor as Editor>::Handle::run_until_closed(spawned.window)?;
    Ok(())
}

/// Fills an instance as a person would have.
fn set(scene: &str, instance: &Arc<Instance>) -> Result<(), Box<dyn Error>> {
    let clip = match scene {
        "drums" => "Drums",
        "empty" | "refused" => "",
        _ => "Melody",
    };
    if let Some(clip) = CLIPS.iter().find(|factory| factory.title == clip) {
        instance.take_in(Slot::A, clip.title, clip.bytes);
    }
    match scene {
        "refused" => instance.take_in(Slot::A, "broken", b"MThd\0\0\0\x06\0\x01"),
        "running" => {
            // SAFETY: the parameters live in `instance`.
            unsafe { instance.params.continuing.bars.as_ptr()._internal_set_normalized_value(1.0) };
            // SAFETY: as above.
            unsafe { instance.params.common.takes.as_ptr()._internal_set_normalized_value(1.0) };
            let again = Arc::clone(instance);
            // Whatever the machine's speed, a job runs when the picture is taken.
            std::thread::spawn(move || {
                loop {
                    if !matches!(again.session.status(), Status::Running { .. }) {
                        again.continue_source();
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
        }
        "melody" | "drums" => generate(instance)?,
        "following" => {
            generate(instance)?;
            follow(instance);
        }
        "settings" => drop(perform(instance, &Action::Settings(true))?),
        _ => {}
    }
    Ok(())
}

fn generate(instance: &Arc<Instance>) -> Result<(), Box<dyn Error>> {
    let session = &instance.session;
    session.ask(instance.params.continue_request(7, None), &[Slot::A], Purpose::Takes);
    let start = Instant::now();
    while matches!(session.status(), Status::Running { .. }) && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(10));
    }
    instance.notices.hush();
    if let Some(take) = session.snapshot().takes.get(1) {
        session.star(take.id, true)?;
        session.select(take.id)?;
    }
    Ok(())
}

/// Moves a control, so that there is a preview.
fn follow(instance: &Arc<Instance>) {
    // SAFETY: the parameters live in `instance`.
    unsafe { instance.params.continuing.variation.as_ptr()._internal_set_normalized_value(0.9) };
    let start = Instant::now();
    while instance.session.snapshot().preview.is_none() && start.elapsed() < Duration::from_secs(120) {
        instance.begin_following();
        instance.follow();
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Stands in for a host's audio thread.
fn play(mut stage: Stage, playing: bool) {
    const FRAMES: u32 = 480;
    let mut block = 0_u32;
    loop {
        let position = f64::from(block) * f64::from(FRAMES) / 48_000.0 * 2.0;
        let transport = Transport { playing, position: Some(position), ..Transport::default() };
        stage.process(&transport, FRAMES, &mut |_| {});
        stage.publish([0.0; 2]);
        block += 1;
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Sets parameters at once, as a host would in time.
struct NoHost;

impl GuiContextInner for NoHost {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Standalone
    }

    unsafe fn raw_begin_set_parameter(&self, _: ParamPtr) {}

    unsafe fn raw_set_parameter_normalized(&self, param: ParamPtr, normalized: f32) {
        // SAFETY: the parameter belongs to the instance that the window shows, which is alive.
        unsafe { param._internal_set_normalized_value(normalized) };
    }

    unsafe fn raw_end_set_parameter(&self, _: ParamPtr) {}

    fn get_state(&self) -> PluginState {
        PluginState { version: String::new(), params: Default::default(), fields: Default::default() }
    }

    fn set_state(&self, _: PluginState) {}

    fn request_restart(&self) {}
}

#[cfg(all(unix, not(target_os = "macos")))]
mod picture {
    use std::error::Error;
    use std::path::Path;
    use x11rb::connection::Connection;
    use x11rb::protocol::xproto::{
        AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, ImageFormat, MapState, Window,
    };
    use x11rb::rust_connection::RustConnection;

    /// Writes what the server shows of the window, then asks the window to close.
    pub fn shoot_and_close(file: &Path) -> Result<(), Box<dyn Error>> {
        let (connection, screen) = x11rb::connect(None)?;
        let root = connection.setup().roots[screen].root;
        let window = editor(&connection, root)?.ok_or("no window is shown")?;
        let size = connection.get_geometry(window)?.reply()?;
        let image = connection.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, size.width, size.height, !0)?.reply()?;
        let pixels: Vec<u8> = image.data.chunks_exact(4).flat_map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]]).collect();
        let mut encoder =
            png::Encoder::new(std::fs::File::create(file)?, u32::from(size.width), u32::from(size.height));
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&pixels)?;
        println!("{}", file.display());
        let atom =
            |name: &[u8]| -> Result<u32, Box<dyn Error>> { Ok(connection.intern_atom(false, name)?.reply()?.atom) };
        let data = [atom(b"WM_DELETE_WINDOW")?, 0, 0, 0, 0];
        let message = ClientMessageEvent::new(32, window, atom(b"WM_PROTOCOLS")?, data);
        connection.send_event(false, window, EventMask::NO_EVENT, message)?.check()?;
        Ok(())
    }

    /// The editor: the largest window shown that can be asked to close. A window manager puts such a window into a frame
    /// of its own, which knows nothing of closing.
    fn editor(connection: &RustConnection, root: Window) -> Result<Option<Window>, Box<dyn Error>> {
        let protocols = connection.intern_atom(false, b"WM_PROTOCOLS")?.reply()?.atom;
        let mut unseen = vec![root];
        let mut best = None;
        while let Some(window) = unseen.pop() {
            unseen.extend(connection.query_tree(window)?.reply()?.children);
            let asked = connection.get_property(false, window, protocols, AtomEnum::ATOM, 0, 0)?.reply()?;
            let shown = connection.get_window_attributes(window)?.reply()?.map_state == MapState::VIEWABLE;
            let size = connection.get_geometry(window)?.reply()?;
            let area = u32::from(size.width) * u32::from(size.height);
            if shown && asked.type_ != x11rb::NONE && best.is_none_or(|(_, most)| area > most) {
                best = Some((window, area));
            }
        }
        Ok(best.map(|(window, _)| window))
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
mod picture {
    /// Pictures come from an X server.
    pub fn shoot_and_close(_: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
        Err("pictures are taken from an X server, which this system does not have".into())
    }
}
